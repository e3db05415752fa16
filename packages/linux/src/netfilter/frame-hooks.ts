import type { NftBaseChain, NftFamily } from '../nftables/model/ruleset.ts';
import { type HookFunction, insertByPriority } from './hook-registry.ts';
import type { ArpHook, BridgeHook, BridgePart, DeviceHook } from './hooks-of-frames.ts';
import type { HookVerdict, NetfilterEnvironment } from './netfilter.ts';
import type { PacketView } from './packet-view.ts';

/** Where frames show themselves to the hooks of IP (`br_nf_ops`). It stands there from the first bridge on. */
const BRIDGE_NETFILTER: HookFunction = { priority: 0, run: () => undefined };

type FrameEnvironment = Pick<NetfilterEnvironment, 'hasHadBridge' | 'lookAtFrames'>;

/** What stands where frames pass: at the hooks of bridges, and at devices, which it knows by name. */
export class FrameHooks {
  readonly #bridge: Readonly<Record<BridgeHook, HookFunction[]>> = {
    prerouting: [],
    input: [],
    forward: [],
    output: [],
    postrouting: [],
  };
  readonly #devices: Readonly<Record<DeviceHook, Map<string, HookFunction[]>>> = {
    ingress: new Map(),
    egress: new Map(),
  };
  readonly #arp: Readonly<Record<ArpHook, HookFunction[]>> = { input: [], output: [] };
  readonly #env: FrameEnvironment;
  #bridgeNetfilter = false;
  #size = 0;

  constructor(env: FrameEnvironment) {
    this.#env = env;
  }

  add(family: NftFamily, base: NftBaseChain, entry: HookFunction): void {
    if (family === 'bridge') this.#placeBridgeNetfilter();
    for (const list of this.#listsOf(family, base)) {
      if (list.includes(entry)) continue;
      insertByPriority(list, entry);
      if (this.#size++ === 0) this.#env.lookAtFrames(true);
    }
  }

  remove(family: NftFamily, base: NftBaseChain, entry: HookFunction): void {
    for (const list of this.#listsOf(family, base)) {
      const at = list.indexOf(entry);
      if (at < 0) continue;
      list.splice(at, 1);
      if (--this.#size === 0) this.#env.lookAtFrames(false);
    }
  }

  runBridge(hook: BridgeHook, view: PacketView, part: BridgePart): HookVerdict | undefined {
    this.#placeBridgeNetfilter();
    const list = this.#bridge[hook];
    const last = part === 'before-ip' ? list.indexOf(BRIDGE_NETFILTER) : list.length;
    for (let i = part === 'after-ip' ? this.#firstAfterIp(hook) : 0; i < last; i++) {
      const verdict = list[i]?.run(view);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  runDevice(hook: DeviceHook, device: string, view: PacketView): HookVerdict | undefined {
    const list = this.#devices[hook].get(device);
    return list === undefined ? undefined : run(list, view);
  }

  runArp(hook: ArpHook, view: PacketView): HookVerdict | undefined {
    return run(this.#arp[hook], view);
  }

  /** Of the chains at forward, those of its own priority are passed over (`br_nf_hook_thresh`). */
  #firstAfterIp(hook: BridgeHook): number {
    const list = this.#bridge[hook];
    let at = list.indexOf(BRIDGE_NETFILTER) + 1;
    if (hook === 'prerouting') return at;
    while (list[at]?.priority === BRIDGE_NETFILTER.priority) at++;
    return at;
  }

  /** Before what has its priority and was there when the first bridge came, and behind what has come since. */
  #placeBridgeNetfilter(): void {
    if (this.#bridgeNetfilter || !this.#env.hasHadBridge()) return;
    this.#bridgeNetfilter = true;
    insertByPriority(this.#bridge.prerouting, BRIDGE_NETFILTER);
    insertByPriority(this.#bridge.forward, BRIDGE_NETFILTER);
  }

  #listsOf(family: NftFamily, { hook, devices = [] }: NftBaseChain): readonly HookFunction[][] {
    if (hook !== 'ingress' && hook !== 'egress') {
      if (family === 'bridge') return [this.#bridge[hook]];
      return hook === 'input' || hook === 'output' ? [this.#arp[hook]] : [];
    }
    const lists = this.#devices[hook];
    return devices.map((device) => {
      const there = lists.get(device);
      if (there !== undefined) return there;
      const list: HookFunction[] = [];
      lists.set(device, list);
      return list;
    });
  }
}

const run = (list: readonly HookFunction[], view: PacketView): HookVerdict | undefined => {
  for (let i = 0; i < list.length; i++) {
    const verdict = list[i]?.run(view);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
};
