import type { Ip, IpFamily } from '@podpath/net';
import type { ConntrackCommand, IpsetCommand, IptablesCommand } from '../commands.ts';
import type { NftCommand } from '../nftables/model/command.ts';
import type { NftListOptions } from '../nftables/text/list-options.ts';
import type { ArpHook, BridgeHook, BridgePart, DeviceHook } from './hooks-of-frames.ts';
import type { PacketContext } from './packet-context.ts';
import type { AddressType, BuiltinChain, RejectType } from './rule.ts';

/** What netfilter asks of the namespace around it. */
export interface NetfilterEnvironment {
  /** Whether there is a bridge, or once was: from then on frames on bridges show themselves to the hooks of IP. */
  hasHadBridge(): boolean;
  /** From now on frames are to be shown to `runBridge`, `runDevice` and `runArp`, or no longer. At first they are not. */
  lookAtFrames(does: boolean): void;
  /** Milliseconds on the virtual clock. */
  nowMs(): number;
  /** Uniform 32-bit unsigned draw from the seeded generator. */
  random32(): number;
  /**
   * FIB type of an address; with a device, LOCAL counts only on that device, and `bound` looks only at IPv6 routes that
   * lead out of it.
   */
  addressType(address: Ip, device?: string, bound?: boolean): AddressType;
  /** Would a packet back to the source leave by the device that this one came in by? */
  reversePathOk(context: PacketContext, options: { loose: boolean; validMark: boolean }): boolean;
  /** Source address that MASQUERADE gives a packet leaving by `context.outDevice`. */
  masqueradeAddress(context: PacketContext): Ip | undefined;
  /** Address that `redirect` gives a packet that came in by `context.inDevice`. */
  redirectAddress(context: PacketContext): Ip | undefined;
  /**
   * The largest packet that passes both the way that this one goes out by and the way back to its source; for what
   * has no route yet, the way back alone.
   */
  pathMtuBytes(context: PacketContext): number;
  /** Why a packet that OUTPUT has changed has no way to go now; `undefined` when it has one. */
  unreachable(context: PacketContext): string | undefined;
  sysctl(key: string): number | undefined;
  /** Number of the device of that name; 0 when there is none. */
  deviceIndex(name: string): number;
  deviceName(index: number): string | undefined;
  /**
   * Device that routing would send a packet to this one's source (or destination) by; with a device
   * given, that device if the route may use it. `undefined` when there is no such route.
   */
  routeDevice(
    context: PacketContext,
    hook: BuiltinChain,
    question: FibQuestion,
  ): string | undefined;
}

/** What `fib` asks of routing. */
export interface FibQuestion {
  readonly address: 'saddr' | 'daddr';
  /** Look up with the packet's mark. */
  readonly mark?: boolean;
  readonly device?: 'iif' | 'oif';
}

export type HookVerdict =
  | { readonly kind: 'accept' }
  /** `unreachable`: there is no way to where the packet was sent instead. */
  | { readonly kind: 'drop'; readonly reason: string; readonly unreachable?: true }
  /** `unrouted`: the answer goes back the way the frame came, and no route is asked for. */
  | { readonly kind: 'reject'; readonly with: RejectType; readonly unrouted?: true }
  /** It depends on something that is not emulated. */
  | { readonly kind: 'undecided'; readonly reason: string };

/** One namespace's netfilter: iptables, ipsets, nftables and conntrack. Implemented by `createNetfilter`. */
export interface Netfilter {
  /** Carries out a command; throws `CommandError` (EEXIST, ENOENT, EINVAL …) and changes nothing when it cannot. */
  apply(command: IptablesCommand | IpsetCommand | ConntrackCommand | NftCommand): void;
  /**
   * Runs everything registered at a hook, in priority order: tables of iptables (raw, mangle, nat, filter,
   * security), base chains of nftables, conntrack. May rewrite addresses, ports and the mark of `context`.
   */
  run(hook: BuiltinChain, context: PacketContext): HookVerdict;
  /** Takes a frame past chains of the bridge family at a hook. */
  runBridge(hook: BridgeHook, context: PacketContext, part: BridgePart): HookVerdict | undefined;
  /** Takes a frame past the chains at a device. */
  runDevice(hook: DeviceHook, device: string, context: PacketContext): HookVerdict | undefined;
  /** Takes a frame past the tables of the arp family. */
  runArp(hook: ArpHook, context: PacketContext): HookVerdict | undefined;
  /** Enters the new connection of a packet that no INPUT or POSTROUTING has yet to see. */
  confirm(context: PacketContext): void;
  /** A device has gone down: connections that were masqueraded for it end. */
  deviceDown(device: string): void;
  /** A device has lost an address: connections that were masqueraded with it end. */
  addressRemoved(device: string, address: Ip): void;
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
  /** As `nft list ruleset` prints it. */
  nftList(options?: NftListOptions): string;
  /** As `conntrack -L` prints it. */
  conntrackList(): string;
}
