import type { Ip } from '@podpath/net';
import { trackedEntry } from '../conntrack/attachment.ts';
import { masquerade } from '../nat/masquerade.ts';
import type { Nat } from '../nat/nat.ts';
import type { NatRange } from '../nat/nat-range.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { PacketView } from '../packet-view.ts';
import type { NatTarget } from '../rule.ts';
import { Action } from '../tables/chain.ts';

interface NatResources {
  readonly env: NetfilterEnvironment;
  readonly nat: Nat;
}

/** Translation, decided for a connection's first packet; a device without an address to give drops it. */
export const compileNat = (
  target: NatTarget,
  resources: NatResources,
): ((view: PacketView) => Action) => {
  const { env, nat } = resources;
  switch (target.kind) {
    case 'dnat':
    case 'snat': {
      const side = target.kind === 'snat' ? 'source' : 'destination';
      const { address } = target;
      if (address === undefined) {
        return (view) => {
          const entry = trackedEntry(view.context.conntrack);
          const own = side === 'source' ? view.src : view.dst;
          if (entry !== undefined) nat.bind(entry, rangeOf(target, own), side);
          return Action.ACCEPT;
        };
      }
      const range = rangeOf(target, address);
      return ({ context }) => {
        const entry = trackedEntry(context.conntrack);
        if (entry !== undefined) nat.bind(entry, range, side);
        return Action.ACCEPT;
      };
    }
    case 'masquerade': {
      const { ports } = target;
      const random = target.random === true || target.randomFully === true;
      return ({ context }) => {
        const entry = trackedEntry(context.conntrack);
        if (entry === undefined) return Action.ACCEPT;
        return masquerade(context, entry, { ports, random }, resources)
          ? Action.ACCEPT
          : Action.DROP;
      };
    }
    case 'redirect': {
      const { ports, random = false } = target;
      return (view) => {
        const entry = trackedEntry(view.context.conntrack);
        if (entry === undefined) return Action.ACCEPT;
        const address = redirectAddress(view, env);
        if (address === undefined) return Action.DROP;
        nat.bind(entry, { address, ports, random }, 'destination');
        return Action.ACCEPT;
      };
    }
  }
};

const rangeOf = (
  target: Extract<NatTarget, { readonly kind: 'dnat' | 'snat' }>,
  address: Ip,
): NatRange => {
  const { lastAddress, persistent = false } = target;
  if (target.kind === 'snat') {
    const random = target.random === true || target.randomFully === true;
    return { address, lastAddress, ports: target.ports, random, persistent };
  }
  const { port, lastPort = port, basePort, random = false } = target;
  const ports =
    port === undefined || lastPort === undefined ? undefined : { first: port, last: lastPort };
  return { address, lastAddress, ports, random, persistent, basePort };
};

/** Packets of this host stay on it (net/netfilter/nf_nat_redirect.c). */
const redirectAddress = ({ hook, family, context }: PacketView, env: NetfilterEnvironment) =>
  hook === 'OUTPUT' ? LOOPBACK[family] : env.redirectAddress(context);

const LOOPBACK: Readonly<Record<4 | 6, Ip>> = { 4: 0x7f00_0001, 6: 1n };
