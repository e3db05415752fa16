import type { IpFamily } from '@podpath/net';
import type { IpsetCommand, IptablesCommand } from '../commands.ts';
import { ConnectionTracker } from './conntrack/connection-tracker.ts';
import { Attachment } from './conntrack/entry.ts';
import { TupleTable } from './conntrack/tuple-table.ts';
import { IpsetStore } from './ipset/ipset-store.ts';
import { RecentLists } from './match/recent.ts';
import { isIcmpError, Nat } from './nat/nat.ts';
import type { Manipulation } from './nat/nat-range.ts';
import { SourceMappings } from './nat/source-mappings.ts';
import type { HookVerdict, Netfilter, NetfilterEnvironment } from './netfilter.ts';
import type { PacketContext } from './packet-context.ts';
import { PacketView } from './packet-view.ts';
import type { BuiltinChain, TableName } from './rule.ts';
import { TABLES_AS_SAVED } from './tables/hooks.ts';
import { FamilyProgrammer } from './tables/rule-programmer.ts';
import { Table } from './tables/table.ts';
import { ChainWalker } from './tables/walk.ts';
import { formatConntrack } from './text/conntrack-text.ts';
import { formatIpsetSave } from './text/ipset-text.ts';
import { formatIptablesSave } from './text/iptables-save.ts';

const ACCEPT: HookVerdict = { kind: 'accept' };
const CLASH: HookVerdict = { kind: 'drop', reason: 'no unique conntrack tuple is left' };
const OTHER_DEVICE: HookVerdict = {
  kind: 'drop',
  reason: 'the connection was masqueraded for another device',
};

/**
 * One namespace's netfilter, empty: no table exists until a command names it, and conntrack sleeps
 * until a rule of its family needs it.
 */
export const createNetfilter = (env: NetfilterEnvironment): Netfilter => new NetfilterState(env);

/** Tables of one family. */
interface FamilyState {
  readonly tables: Map<TableName, Table>;
  readonly programmer: FamilyProgrammer;
}

class NetfilterState implements Netfilter {
  readonly #env: NetfilterEnvironment;
  readonly #sets = new IpsetStore();
  readonly #recent = new RecentLists();
  readonly #tracker: ConnectionTracker;
  readonly #nat: Nat;
  readonly #ipv4: FamilyState;
  readonly #ipv6: FamilyState;
  readonly #walker = new ChainWalker();
  #view: PacketView | undefined;

  constructor(env: NetfilterEnvironment) {
    this.#env = env;
    const mappings = new SourceMappings();
    const table = new TupleTable(mappings);
    this.#tracker = new ConnectionTracker(env, table);
    this.#nat = new Nat({ env, table, mappings });
    this.#ipv4 = this.#newFamily(4);
    this.#ipv6 = this.#newFamily(6);
  }

  apply(command: IptablesCommand | IpsetCommand): void {
    if (command.kind === 'ipset') {
      this.#sets.apply(command);
      return;
    }
    this.#table(command.family, command.table).apply(command);
  }

  run(hook: BuiltinChain, context: PacketContext): HookVerdict {
    this.#recent.forgetUnused();
    this.#view ??= new PacketView(context);
    const view = this.#view;
    view.load(hook, context);
    const family = view.family === 4 ? this.#ipv4 : this.#ipv6;
    return this.#runHook(hook, family, view) ?? ACCEPT;
  }

  tracks(family: IpFamily): boolean {
    return this.#family(family).programmer.needsConntrack;
  }

  defragments(family: IpFamily): boolean {
    return this.#family(family).programmer.needsConntrack;
  }

  size(): ReturnType<Netfilter['size']> {
    const tables = [...this.#ipv4.tables.values(), ...this.#ipv6.tables.values()];
    let sets = 0;
    let setMembers = 0;
    for (const { set } of this.#sets.slots()) {
      sets++;
      setMembers += set.size;
    }
    return {
      rules: tables.reduce((sum, table) => sum + table.ruleCount, 0),
      chains: tables.reduce((sum, table) => sum + table.chainCount, 0),
      sets,
      setMembers,
    };
  }

  iptablesSave(family: IpFamily, options: { counters?: boolean } = {}): string {
    const { tables } = this.#family(family);
    const inOrder = TABLES_AS_SAVED.map((name) => tables.get(name)).filter(
      (table) => table !== undefined,
    );
    return formatIptablesSave(inOrder, family, options.counters === true);
  }

  ipsetSave(): string {
    return formatIpsetSave(this.#sets.slots());
  }

  conntrackList(): string {
    const nowMs = this.#env.nowMs();
    return formatConntrack(this.#tracker.table.entries(nowMs), nowMs);
  }

  /** Everything at a hook by priority (include/uapi/linux/netfilter_ipv4.h); `undefined` lets the packet on. */
  #runHook(hook: BuiltinChain, family: FamilyState, view: PacketView): HookVerdict | undefined {
    switch (hook) {
      case 'PREROUTING':
        return (
          this.#walk(family, 'raw', view) ??
          this.#track(family, view) ??
          this.#walk(family, 'mangle', view) ??
          this.#translate(family, view, 'destination')
        );
      case 'INPUT':
        return (
          this.#walk(family, 'mangle', view) ??
          this.#walk(family, 'filter', view) ??
          this.#walk(family, 'security', view) ??
          this.#translate(family, view, 'source') ??
          this.#confirm(family, view)
        );
      case 'FORWARD':
        return (
          this.#walk(family, 'mangle', view) ??
          this.#walk(family, 'filter', view) ??
          this.#walk(family, 'security', view)
        );
      case 'OUTPUT':
        return (
          this.#walk(family, 'raw', view) ??
          this.#track(family, view) ??
          this.#walk(family, 'mangle', view) ??
          this.#translate(family, view, 'destination') ??
          this.#walk(family, 'filter', view) ??
          this.#walk(family, 'security', view)
        );
      case 'POSTROUTING':
        return (
          this.#walk(family, 'mangle', view) ??
          this.#translate(family, view, 'source') ??
          this.#confirm(family, view)
        );
    }
  }

  #walk(family: FamilyState, name: TableName, view: PacketView): HookVerdict | undefined {
    const chain = family.tables.get(name)?.chain(view.hook);
    return chain === undefined ? undefined : this.#walker.walk(chain, view);
  }

  #track(family: FamilyState, view: PacketView): undefined {
    if (family.programmer.needsConntrack) this.#tracker.track(view);
  }

  /** The nat table is walked for a connection's first packet only; without a table nothing is translated. */
  #translate(family: FamilyState, view: PacketView, side: Manipulation): HookVerdict | undefined {
    const attached = view.context.conntrack;
    if (!family.programmer.needsConntrack || !(attached instanceof Attachment)) return undefined;
    const { entry } = attached;
    const chain = family.tables.get('nat')?.chain(view.hook);
    if (entry === undefined || chain === undefined) return undefined;
    if (isIcmpError(view, attached)) {
      this.#nat.translate(view, attached, side);
      return undefined;
    }
    if (this.#nat.isUndecided(attached, side)) {
      const verdict = this.#walker.walk(chain, view);
      if (verdict !== undefined) return verdict;
      if (this.#nat.isUndecided(attached, side)) this.#nat.bindNothing(entry, side);
    } else if (
      view.hook === 'POSTROUTING' &&
      !attached.isReply &&
      entry.masqueradeDevice !== undefined &&
      entry.masqueradeDevice !== view.context.outDevice
    ) {
      this.#tracker.table.remove(entry);
      return OTHER_DEVICE;
    }
    this.#nat.translate(view, attached, side);
    return undefined;
  }

  #confirm(family: FamilyState, view: PacketView): HookVerdict | undefined {
    if (!family.programmer.needsConntrack) return undefined;
    return this.#tracker.confirm(view) ? undefined : CLASH;
  }

  #family(family: IpFamily): FamilyState {
    return family === 4 ? this.#ipv4 : this.#ipv6;
  }

  #table(family: IpFamily, name: TableName): Table {
    const { tables, programmer } = this.#family(family);
    let table = tables.get(name);
    if (table === undefined) {
      table = new Table(family, name, programmer);
      tables.set(name, table);
    }
    return table;
  }

  #newFamily(family: IpFamily): FamilyState {
    const matches = { env: this.#env, sets: this.#sets, recent: this.#recent };
    const programmer = new FamilyProgrammer(family, matches, { env: this.#env, nat: this.#nat });
    return { tables: new Map(), programmer };
  }
}
