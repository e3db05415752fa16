import type { IpFamily } from '@podpath/net';
import type { TupleTable } from '../../netfilter/conntrack/tuple-table.ts';
import type { DeviceNumbers } from '../../netfilter/device-numbers.ts';
import type { FrameHooks } from '../../netfilter/frame-hooks.ts';
import type { HookRegistry } from '../../netfilter/hook-registry.ts';
import type { Nat } from '../../netfilter/nat/nat.ts';
import type { NatHooks } from '../../netfilter/nat/nat-hooks.ts';
import type { NetfilterEnvironment } from '../../netfilter/netfilter.ts';
import { refuse } from '../check/refuse.ts';
import type { NftFamily } from '../model/ruleset.ts';
import type { SetEnvironment } from '../sets/nft-set.ts';
import { BaseChains } from './base-chains.ts';
import type { NftTable } from './table.ts';

/** What nftables shares with the rest of a namespace's netfilter. */
export interface NftablesParts {
  readonly env: NetfilterEnvironment;
  readonly nat: Nat;
  readonly connections: TupleTable;
  readonly devices: DeviceNumbers;
  readonly hooks: HookRegistry;
  readonly natHooks: NatHooks;
  readonly frameHooks: FrameHooks;
}

/** The tables of a namespace, and what its operations need. */
export class Ruleset {
  readonly env: NetfilterEnvironment;
  readonly nat: Nat;
  readonly connections: TupleTable;
  readonly devices: DeviceNumbers;
  readonly setEnvironment: SetEnvironment;
  readonly baseChains: BaseChains;
  /** In the order in which they were made. */
  readonly tables = new Map<string, NftTable>();
  /** Rules for which conntrack is awake. */
  readonly conntrackUsers: Record<IpFamily, number> = { 4: 0, 6: 0 };
  #lastHandle = 0;

  constructor({ env, nat, connections, devices, ...hooks }: NftablesParts) {
    this.devices = devices;
    this.env = env;
    this.nat = nat;
    this.connections = connections;
    this.baseChains = new BaseChains(hooks, env);
    this.setEnvironment = {
      nowMs: () => env.nowMs(),
      devices: (name) => env.deviceIndex(name),
    };
  }

  find(family: NftFamily, name: string): NftTable | undefined {
    return this.tables.get(tableKey(family, name));
  }

  /** Throws ENOENT. */
  table(family: NftFamily, name: string): NftTable {
    return this.find(family, name) ?? noTable(family, name);
  }

  nextHandle(): number {
    return ++this.#lastHandle;
  }
}

export const tableKey = (family: NftFamily, name: string): string => `${family} ${name}`;

const noTable = (family: NftFamily, name: string): never =>
  refuse('ENOENT', `there is no table ${family} ${name}`);
