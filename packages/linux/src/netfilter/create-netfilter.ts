import type { Ip, IpFamily } from '@podpath/net';
import { CommandError } from '../command-error.ts';
import type { ConntrackCommand, IpsetCommand, IptablesCommand } from '../commands.ts';
import type { NftCommand } from '../nftables/model/command.ts';
import { Nftables } from '../nftables/nftables.ts';
import type { NftListOptions } from '../nftables/text/list-options.ts';
import { checkDeletion } from './conntrack/check-deletion.ts';
import { ConnectionTracker } from './conntrack/connection-tracker.ts';
import { isDescribed } from './conntrack/described-connection.ts';
import { TupleTable } from './conntrack/tuple-table.ts';
import { DeviceNumbers } from './device-numbers.ts';
import { FrameHooks } from './frame-hooks.ts';
import { type HookFunction, HookRegistry, Priority } from './hook-registry.ts';
import type { ArpHook, BridgeHook, BridgePart, DeviceHook } from './hooks-of-frames.ts';
import { IpsetStore } from './ipset/ipset-store.ts';
import { HashlimitTables } from './match/hashlimit.ts';
import { RecentLists } from './match/recent.ts';
import { Nat } from './nat/nat.ts';
import { NatHooks } from './nat/nat-hooks.ts';
import { SourceMappings } from './nat/source-mappings.ts';
import type { HookVerdict, Netfilter, NetfilterEnvironment } from './netfilter.ts';
import type { PacketContext } from './packet-context.ts';
import { PacketView } from './packet-view.ts';
import { reroutingAfter } from './reroute.ts';
import type { BuiltinChain, TableName } from './rule.ts';
import { BUILTIN_CHAINS, TABLES_AS_SAVED } from './tables/hooks.ts';
import { FamilyProgrammer } from './tables/rule-programmer.ts';
import { Table } from './tables/table.ts';
import { ChainWalker } from './tables/walk.ts';
import { formatConntrackCommand } from './text/conntrack-command-text.ts';
import { formatConntrack } from './text/conntrack-text.ts';
import { formatIpsetSave } from './text/ipset-text.ts';
import { formatIptablesSave } from './text/iptables-save.ts';

const ACCEPT: HookVerdict = { kind: 'accept' };
const CLASH: HookVerdict = { kind: 'drop', reason: 'no unique conntrack tuple is left' };

const TABLE_PRIORITY: Readonly<Record<Exclude<TableName, 'nat'>, number>> = {
  raw: Priority.RAW,
  mangle: Priority.MANGLE,
  filter: Priority.FILTER,
  security: Priority.SECURITY,
};

const NAT_PRIORITY: Readonly<Record<BuiltinChain, number>> = {
  PREROUTING: Priority.NAT_DESTINATION,
  OUTPUT: Priority.NAT_DESTINATION,
  INPUT: Priority.NAT_SOURCE,
  POSTROUTING: Priority.NAT_SOURCE,
  FORWARD: Priority.FILTER,
};

/** Conntrack stands at four hooks whether it sleeps or not. */
const CONNTRACK_HOOKS = 4;

/**
 * One namespace's netfilter, empty: no table exists until a command names it, and conntrack sleeps
 * until a rule of its family needs it.
 */
export const createNetfilter = (env: NetfilterEnvironment): Netfilter => new NetfilterState(env);

/** Tables of one family. */
interface FamilyState {
  readonly tables: Map<TableName, Table>;
  readonly programmer: FamilyProgrammer;
  readonly hashlimits: HashlimitTables;
}

class NetfilterState implements Netfilter {
  readonly #env: NetfilterEnvironment;
  readonly #sets: IpsetStore;
  readonly #recent = new RecentLists();
  readonly #tracker: ConnectionTracker;
  readonly #nat: Nat;
  readonly #hooks = new HookRegistry();
  readonly #frameHooks: FrameHooks;
  readonly #natHooks: NatHooks;
  readonly #nftables: Nftables;
  readonly #ipv4: FamilyState;
  readonly #ipv6: FamilyState;
  readonly #walker = new ChainWalker();
  readonly #devices = new DeviceNumbers();
  #view: PacketView | undefined;
  #frameView: PacketView | undefined;
  /** Commands have come since the last packet. */
  #hasChanged = true;
  /** Whether conntrack is awake, as of the last packet. */
  readonly #tracks = { 4: false, 6: false };

  constructor(env: NetfilterEnvironment) {
    this.#env = env;
    this.#sets = new IpsetStore(() => env.nowMs());
    const mappings = new SourceMappings();
    const table = new TupleTable(mappings);
    this.#tracker = new ConnectionTracker(env, table);
    this.#nat = new Nat({ env, table, mappings });
    this.#frameHooks = new FrameHooks(env);
    this.#natHooks = new NatHooks(this.#hooks, this.#nat, table, env);
    this.#nftables = new Nftables({
      env,
      nat: this.#nat,
      connections: table,
      devices: this.#devices,
      hooks: this.#hooks,
      natHooks: this.#natHooks,
      frameHooks: this.#frameHooks,
    });
    this.#ipv4 = this.#newFamily(4);
    this.#ipv6 = this.#newFamily(6);
    this.#registerConntrack(4);
    this.#registerConntrack(6);
  }

  apply(command: IptablesCommand | IpsetCommand | ConntrackCommand | NftCommand): void {
    this.#hasChanged = true;
    switch (command.kind) {
      case 'iptables':
        this.#applyIptables(command);
        return;
      case 'ipset':
        this.#sets.apply(command);
        return;
      case 'conntrack':
        this.#deleteConnections(command);
        return;
      case 'nft':
        this.#nftables.apply(command);
    }
  }

  run(hook: BuiltinChain, context: PacketContext): HookVerdict {
    if (this.#hasChanged) this.#afterChange();
    this.#view ??= new PacketView(context, this.#devices);
    const view = this.#view;
    // Most namespaces are a pod's, which nobody filters.
    if (this.#isIdle(context.packet.kind === 'ipv4' ? 4 : 6)) return ACCEPT;
    view.load(hook, context);
    return this.#hooks.run(view) ?? ACCEPT;
  }

  runBridge(hook: BridgeHook, context: PacketContext, part: BridgePart): HookVerdict | undefined {
    return this.#frameHooks.runBridge(hook, this.#viewOfFrame(context), part);
  }

  runDevice(hook: DeviceHook, device: string, context: PacketContext): HookVerdict | undefined {
    return this.#frameHooks.runDevice(hook, device, this.#viewOfFrame(context));
  }

  runArp(hook: ArpHook, context: PacketContext): HookVerdict | undefined {
    return this.#frameHooks.runArp(hook, this.#viewOfFrame(context));
  }

  confirm(context: PacketContext): void {
    if (!this.#needsConntrack(context.packet.kind === 'ipv4' ? 4 : 6)) return;
    const view = new PacketView(context);
    view.load('INPUT', context);
    this.#tracker.confirm(view);
  }

  deviceDown(device: string): void {
    this.#tracker.table.removeWhere(({ masqueradeDevice }) => masqueradeDevice === device);
  }

  addressRemoved(device: string, address: Ip): void {
    this.#tracker.table.removeWhere(
      ({ masqueradeDevice, reply }) => masqueradeDevice === device && reply.dst === address,
    );
  }

  tracks(family: IpFamily): boolean {
    return this.#needsConntrack(family);
  }

  defragments(family: IpFamily): boolean {
    return this.#needsConntrack(family);
  }

  size(): ReturnType<Netfilter['size']> {
    const tables = [...this.#ipv4.tables.values(), ...this.#ipv6.tables.values()];
    let sets = 0;
    let setMembers = 0;
    for (const { set } of this.#sets.slots()) {
      sets++;
      setMembers += set.size;
    }
    const nft = this.#nftables.size();
    return {
      rules: tables.reduce((sum, table) => sum + table.ruleCount, nft.rules),
      chains: tables.reduce((sum, table) => sum + table.chainCount, nft.chains),
      sets: sets + nft.sets,
      setMembers: setMembers + nft.setMembers,
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
    return formatIpsetSave(this.#sets.slots(), this.#env.nowMs());
  }

  nftList(options: NftListOptions = {}): string {
    return this.#nftables.list(options);
  }

  conntrackList(): string {
    const nowMs = this.#env.nowMs();
    return formatConntrack(this.#tracker.table.entries(nowMs), nowMs);
  }

  #deleteConnections(command: ConntrackCommand): void {
    const refusal = checkDeletion(command);
    if (refusal !== undefined) {
      const text = `conntrack ${formatConntrackCommand(command)}`;
      throw new CommandError(refusal.code, text, refusal.why);
    }
    this.#tracker.table.removeWhere((entry) => isDescribed(command, entry));
  }

  /** Before the first packet after commands: lets go of what rules that are gone have left, and sees what the new ones need. */
  #afterChange(): void {
    this.#hasChanged = false;
    this.#tracks[4] = this.#needsConntrack(4);
    this.#tracks[6] = this.#needsConntrack(6);
    this.#recent.forgetUnused();
    this.#ipv4.hashlimits.forgetUnused();
    this.#ipv6.hashlimits.forgetUnused();
  }

  /** Conntrack sleeps until a rule of the family needs it. */
  #needsConntrack(family: IpFamily): boolean {
    return this.#family(family).programmer.needsConntrack || this.#nftables.needsConntrack(family);
  }

  #viewOfFrame(context: PacketContext): PacketView {
    this.#frameView ??= new PacketView(context, this.#devices);
    this.#frameView.load('PREROUTING', context);
    return this.#frameView;
  }

  /** Nothing stands at the hooks but conntrack, which sleeps. */
  #isIdle(family: IpFamily): boolean {
    return this.#hooks.size(family) === CONNTRACK_HOOKS && !this.#tracks[family];
  }

  #registerConntrack(family: IpFamily): void {
    const track: HookFunction = {
      priority: Priority.CONNTRACK,
      run: (view) => (this.#tracks[family] ? this.#tracker.track(view) : undefined),
    };
    const confirm: HookFunction = {
      priority: Priority.CONFIRM,
      run: (view) => (this.#tracks[family] && !this.#tracker.confirm(view) ? CLASH : undefined),
    };
    this.#hooks.add(family, 'PREROUTING', track);
    this.#hooks.add(family, 'OUTPUT', track);
    this.#hooks.add(family, 'INPUT', confirm);
    this.#hooks.add(family, 'POSTROUTING', confirm);
  }

  #family(family: IpFamily): FamilyState {
    return family === 4 ? this.#ipv4 : this.#ipv6;
  }

  /** A table comes into being with the first command that it takes. */
  #applyIptables(command: IptablesCommand): void {
    const { tables, programmer } = this.#family(command.family);
    const known = tables.get(command.table);
    if (known !== undefined) {
      known.apply(command);
      return;
    }
    const table = new Table(command.family, command.table, programmer);
    table.apply(command);
    tables.set(table.name, table);
    this.#registerTable(table);
  }

  /** Its built-in chains take their places at the hooks. */
  #registerTable(table: Table): void {
    for (const hook of BUILTIN_CHAINS[table.name]) {
      const chain = table.chain(hook);
      if (chain === undefined) continue;
      const run: HookFunction['run'] = (view) => this.#walker.walk(chain, view);
      if (table.name === 'nat') {
        this.#natHooks.add(table.family, hook, { priority: NAT_PRIORITY[hook], run });
      } else {
        const reroutes = table.name === 'mangle' && hook === 'OUTPUT';
        this.#hooks.add(table.family, hook, {
          priority: TABLE_PRIORITY[table.name],
          run: reroutes ? reroutingAfter(run, this.#env) : run,
        });
      }
    }
  }

  #newFamily(family: IpFamily): FamilyState {
    const env = this.#env;
    const sets = this.#sets;
    const hashlimits = new HashlimitTables(family === 4 ? 32 : 128);
    const matches = {
      env,
      sets,
      recent: this.#recent,
      hashlimits,
      connections: this.#tracker.table,
      devices: this.#devices,
    };
    const programmer = new FamilyProgrammer(family, matches, { env, nat: this.#nat, sets });
    return { tables: new Map(), programmer, hashlimits };
  }
}
