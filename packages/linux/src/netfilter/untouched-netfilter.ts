import type { Ip, IpFamily } from '@podpath/net';
import type { ArpHook, BridgeHook, BridgePart, DeviceHook } from './hooks-of-frames.ts';
import type { HookVerdict, Netfilter } from './netfilter.ts';
import type { PacketContext } from './packet-context.ts';
import type { BuiltinChain } from './rule.ts';

const ACCEPT: HookVerdict = { kind: 'accept' };
const NOTHING = { rules: 0, chains: 0, sets: 0, setMembers: 0 } as const;

/**
 * The netfilter of a namespace that nobody has given a command yet, as most pods' stay: it lets everything pass, and takes
 * up next to nothing. It is made with the first command, or when it is to be listed.
 */
export class UntouchedNetfilter implements Netfilter {
  readonly #make: () => Netfilter;
  #made: Netfilter | undefined;

  constructor(make: () => Netfilter) {
    this.#make = make;
  }

  apply(command: Parameters<Netfilter['apply']>[0]): void {
    this.#touch().apply(command);
  }

  run(hook: BuiltinChain, context: PacketContext): HookVerdict {
    return this.#made === undefined ? ACCEPT : this.#made.run(hook, context);
  }

  runBridge(hook: BridgeHook, context: PacketContext, part: BridgePart): HookVerdict | undefined {
    return this.#made?.runBridge(hook, context, part);
  }

  runDevice(hook: DeviceHook, device: string, context: PacketContext): HookVerdict | undefined {
    return this.#made?.runDevice(hook, device, context);
  }

  runArp(hook: ArpHook, context: PacketContext): HookVerdict | undefined {
    return this.#made?.runArp(hook, context);
  }

  confirm(context: PacketContext): void {
    this.#made?.confirm(context);
  }

  deviceDown(device: string): void {
    this.#made?.deviceDown(device);
  }

  addressRemoved(device: string, address: Ip): void {
    this.#made?.addressRemoved(device, address);
  }

  tracks(family: IpFamily): boolean {
    return this.#made?.tracks(family) ?? false;
  }

  defragments(family: IpFamily): boolean {
    return this.#made?.defragments(family) ?? false;
  }

  size(): ReturnType<Netfilter['size']> {
    return this.#made?.size() ?? NOTHING;
  }

  iptablesSave(...asked: Parameters<Netfilter['iptablesSave']>): string {
    return this.#touch().iptablesSave(...asked);
  }

  ipsetSave(): string {
    return this.#touch().ipsetSave();
  }

  nftList(...asked: Parameters<Netfilter['nftList']>): string {
    return this.#touch().nftList(...asked);
  }

  conntrackList(): string {
    return this.#touch().conntrackList();
  }

  #touch(): Netfilter {
    this.#made ??= this.#make();
    return this.#made;
  }
}
