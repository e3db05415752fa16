import type { IpFamily } from '@podpath/net';
import { Attachment, type ConntrackEntry } from '../conntrack/entry.ts';
import { Status } from '../conntrack/status.ts';
import type { TupleTable } from '../conntrack/tuple-table.ts';
import { type HookFunction, HookRegistry, Priority } from '../hook-registry.ts';
import type { HookVerdict, NetfilterEnvironment } from '../netfilter.ts';
import type { PacketView } from '../packet-view.ts';
import { reroute } from '../reroute.ts';
import type { BuiltinChain } from '../rule.ts';
import { isIcmpError, type Nat } from './nat.ts';
import type { Manipulation } from './nat-range.ts';

const OTHER_DEVICE: HookVerdict = {
  kind: 'drop',
  reason: 'the connection was masqueraded for another device',
};

const MISLEADING: HookVerdict = {
  kind: 'drop',
  reason: 'a redirect would lead past the translation',
};

const ICMP_REDIRECT = 5;
const NDP_REDIRECT = 137;

const isRedirect = ({ context }: PacketView): boolean => {
  const { payload } = context.packet;
  return (
    (payload.kind === 'icmp' && payload.type === ICMP_REDIRECT) ||
    (payload.kind === 'icmpv6' && payload.type === NDP_REDIRECT)
  );
};

/** Decided at both ends, and changed at neither (`nf_nat_icmp_reply_translation`). */
const isLeftAlone = (entry: ConntrackEntry): boolean =>
  entry.has(Status.SRC_NAT_DONE) &&
  entry.has(Status.DST_NAT_DONE) &&
  !entry.has(Status.SRC_NAT) &&
  !entry.has(Status.DST_NAT);

/** Where translation happens, and of which end. */
const SIDES = [
  ['PREROUTING', 'destination', Priority.NAT_DESTINATION],
  ['OUTPUT', 'destination', Priority.NAT_DESTINATION],
  ['POSTROUTING', 'source', Priority.NAT_SOURCE],
  ['INPUT', 'source', Priority.NAT_SOURCE],
] as const satisfies readonly (readonly [BuiltinChain, Manipulation, number])[];

/**
 * The nat chains of a namespace, of iptables and nftables alike. They do not stand at the hooks
 * themselves: translation does, at one priority for each end, and asks them in the order of their own priorities
 * (nf_nat_register_fn). A family without nat chains is not translated; one such chain, at whatever
 * hook, brings translation to all four.
 */
export class NatHooks {
  readonly #chains = new HookRegistry();
  readonly #core: Readonly<Record<IpFamily, readonly HookFunction[]>>;
  readonly #hooks: HookRegistry;
  readonly #nat: Nat;
  readonly #table: TupleTable;
  readonly #env: NetfilterEnvironment;

  constructor(hooks: HookRegistry, nat: Nat, table: TupleTable, env: NetfilterEnvironment) {
    this.#env = env;
    this.#hooks = hooks;
    this.#nat = nat;
    this.#table = table;
    const core = SIDES.map(([, side, priority]) => ({
      priority,
      run: (view: PacketView) => this.#translate(view, side),
    }));
    this.#core = { 4: core, 6: core };
  }

  add(family: IpFamily, hook: BuiltinChain, chain: HookFunction): void {
    if (this.#chains.isEmpty(family)) {
      for (const [index, entry] of this.#core[family].entries()) {
        const side = SIDES[index];
        if (side !== undefined) this.#hooks.add(family, side[0], entry);
      }
    }
    this.#chains.add(family, hook, chain);
  }

  remove(family: IpFamily, hook: BuiltinChain, chain: HookFunction): void {
    this.#chains.remove(family, hook, chain);
    if (!this.#chains.isEmpty(family)) return;
    for (const [index, entry] of this.#core[family].entries()) {
      const side = SIDES[index];
      if (side !== undefined) this.#hooks.remove(family, side[0], entry);
    }
  }

  /** Chains are asked about a connection's first packet only. */
  #translate(view: PacketView, side: Manipulation): HookVerdict | undefined {
    const attached = view.context.conntrack;
    if (!(attached instanceof Attachment)) return undefined;
    const { entry } = attached;
    if (entry === undefined) return undefined;
    if (isIcmpError(view, attached)) {
      if (isRedirect(view) && !isLeftAlone(entry)) return MISLEADING;
      return this.#translateAndReroute(view, attached, side);
    }
    if (this.#nat.isUndecided(attached, side)) {
      const verdict = this.#ask(view, attached, side);
      if (verdict !== undefined) return verdict;
      if (this.#nat.isUndecided(attached, side)) this.#nat.bindNothing(entry, side);
    } else if (
      view.hook === 'POSTROUTING' &&
      !attached.isReply &&
      entry.masqueradeDevice !== undefined &&
      entry.masqueradeDevice !== view.context.outDevice
    ) {
      this.#table.remove(entry);
      return OTHER_DEVICE;
    }
    return this.#translateAndReroute(view, attached, side);
  }

  #translateAndReroute(
    view: PacketView,
    attached: Attachment,
    side: Manipulation,
  ): HookVerdict | undefined {
    const { dst } = view;
    this.#nat.translate(view, attached, side);
    const turned = view.hook === 'OUTPUT' && view.dst !== dst;
    return turned ? reroute(view.context, this.#env) : undefined;
  }

  /** Until one of them has decided. */
  #ask(view: PacketView, attached: Attachment, side: Manipulation): HookVerdict | undefined {
    const chains = this.#chains.at(view.family, view.hook);
    for (let i = 0; i < chains.length; i++) {
      const verdict = chains[i]?.run(view);
      if (verdict !== undefined) return verdict;
      if (!this.#nat.isUndecided(attached, side)) return undefined;
    }
    return undefined;
  }
}
