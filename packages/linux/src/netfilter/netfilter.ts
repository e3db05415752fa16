import type { Ip, IpFamily } from '@podpath/net';
import type { IpsetCommand, IptablesCommand } from '../commands.ts';
import type { PacketContext } from './packet-context.ts';
import type { AddressType, BuiltinChain, RejectType } from './rule.ts';

/** What netfilter asks of the namespace around it. */
export interface NetfilterEnvironment {
  /** Milliseconds on the virtual clock. */
  nowMs(): number;
  /** Uniform 32-bit unsigned draw from the seeded generator. */
  random32(): number;
  /** FIB type of an address; with a device, LOCAL counts only on that device. */
  addressType(address: Ip, device?: string): AddressType;
  /** Would a packet back to the source leave by the device that this one came in by? */
  reversePathOk(context: PacketContext, options: { loose: boolean; validMark: boolean }): boolean;
  /** Source address that MASQUERADE gives a packet leaving by `context.outDevice`. */
  masqueradeAddress(context: PacketContext): Ip | undefined;
  sysctl(key: string): number | undefined;
}

export type HookVerdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'reject'; readonly with: RejectType };

/** One namespace's netfilter: tables, ipsets and conntrack. Implemented by `createNetfilter`. */
export interface Netfilter {
  /** Carries out a command; throws `CommandError` (EEXIST, ENOENT, EINVAL …) and changes nothing when it cannot. */
  apply(command: IptablesCommand | IpsetCommand): void;
  /**
   * Runs everything registered at a hook, in priority order (raw, conntrack, mangle, nat, filter,
   * security, confirm). May rewrite addresses, ports and the mark of `context`.
   */
  run(hook: BuiltinChain, context: PacketContext): HookVerdict;
  /**
   * Whether conntrack is awake for a family. Then fragments have to be put together before a hook sees them:
   * the namespace does so, as it has the queues for it.
   */
  tracks(family: IpFamily): boolean;
  /**
   * Whether fragments are put together before PREROUTING and OUTPUT see them: they are as long as
   * conntrack is awake for the family.
   */
  defragments(family: IpFamily): boolean;
  /** Numbers for reports: rules per family, set members, sets, chains. */
  size(): {
    readonly rules: number;
    readonly chains: number;
    readonly sets: number;
    readonly setMembers: number;
  };
  /** As `iptables-save` (or `ip6tables-save`) prints it; with counters when asked. */
  iptablesSave(family: IpFamily, options?: { counters?: boolean }): string;
  /** As `ipset save` prints it, sets in the order they were made. */
  ipsetSave(): string;
  /** As `conntrack -L` prints it. */
  conntrackList(): string;
}
