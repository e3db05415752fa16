import type { IpFamily } from '@podpath/net';
import type { Plan } from '../plan.ts';

export type NftTableFamily = 'ip' | 'ip6' | 'inet';
export type NftChainType = 'filter' | 'route' | 'nat';

/** A set or map of a table that rules may name. */
export interface PlannedSet {
  readonly name: string;
  /** Datatypes of the key's places. */
  readonly key: readonly string[];
  /** Of a map: `verdict`, or datatypes of its values. */
  readonly data?: readonly string[];
  /** Packets may change it. */
  readonly dynamic: boolean;
}

/** Where a rule of nftables is going to stand. */
export interface NftPlace {
  readonly plan: Plan;
  readonly namespace: string;
  readonly family: NftTableFamily;
  readonly type: NftChainType;
  readonly hook: string;
  /** Chains that a rule may lead to. */
  readonly chains: readonly string[];
  readonly sets: readonly PlannedSet[];
}

/** What a rule has said so far of the packets that get past its statements: nft refuses what contradicts it. */
export interface Said {
  network: 'ip' | 'ip6' | undefined;
  transport: 'tcp' | 'udp' | 'icmp' | 'other' | undefined;
}

/** An IP version that a rule of this table may speak of, which the network has. */
export function familyFor({ plan, family }: NftPlace, said: Said): IpFamily {
  const network = said.network ?? (family === 'inet' ? undefined : family);
  return network === undefined ? plan.random.pick(plan.families) : network === 'ip' ? 4 : 6;
}

/** `ip` or `ip6`, as a header is called. */
export const headerOf = (family: IpFamily): 'ip' | 'ip6' => (family === 4 ? 'ip' : 'ip6');

/** Whether packets at the hook have come in by a device. */
export const hasInput = (hook: string): boolean => hook !== 'output' && hook !== 'postrouting';

/** Whether packets at the hook have a device to leave by. */
export const hasOutput = (hook: string): boolean => hook !== 'prerouting' && hook !== 'input';
