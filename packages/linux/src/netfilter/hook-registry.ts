import type { IpFamily } from '@podpath/net';
import type { HookVerdict } from './netfilter.ts';
import type { PacketView } from './packet-view.ts';
import type { BuiltinChain } from './rule.ts';

/** Where the kernel's own parts stand at a hook (include/uapi/linux/netfilter_ipv4.h). */
export const Priority = {
  RAW: -300,
  CONNTRACK: -200,
  MANGLE: -150,
  NAT_DESTINATION: -100,
  FILTER: 0,
  SECURITY: 50,
  NAT_SOURCE: 100,
  CONFIRM: 0x7fff_ffff,
} as const;

/** Something that packets pass at a hook. */
export interface HookFunction {
  readonly priority: number;
  /** `undefined` lets the packet on to what comes after. */
  readonly run: (view: PacketView) => HookVerdict | undefined;
}

/** Goes before those of the same priority: the kernel puts a newcomer first (nf_hook_entries_grow). */
export const insertByPriority = (list: HookFunction[], entry: HookFunction): void => {
  const before = list.findIndex(({ priority }) => priority >= entry.priority);
  list.splice(before < 0 ? list.length : before, 0, entry);
};

type Lists = Readonly<Record<BuiltinChain, HookFunction[]>>;

/** What stands at the hooks of a namespace, in the order in which packets pass it. */
export class HookRegistry {
  readonly #ipv4 = emptyLists();
  readonly #ipv6 = emptyLists();
  #size4 = 0;
  #size6 = 0;

  add(family: IpFamily, hook: BuiltinChain, entry: HookFunction): void {
    insertByPriority(this.#list(family, hook), entry);
    this.#count(family, 1);
  }

  remove(family: IpFamily, hook: BuiltinChain, entry: HookFunction): void {
    const list = this.#list(family, hook);
    const at = list.indexOf(entry);
    if (at < 0) return;
    list.splice(at, 1);
    this.#count(family, -1);
  }

  /** In order. */
  at(family: IpFamily, hook: BuiltinChain): readonly HookFunction[] {
    return this.#list(family, hook);
  }

  /** How many functions stand at the family's hooks, all together. */
  size(family: IpFamily): number {
    return family === 4 ? this.#size4 : this.#size6;
  }

  isEmpty(family: IpFamily): boolean {
    return this.size(family) === 0;
  }

  /** Takes a packet past all of them, to the first that does not let it on. */
  run(view: PacketView): HookVerdict | undefined {
    const list = this.#list(view.family, view.hook);
    for (let i = 0; i < list.length; i++) {
      const verdict = list[i]?.run(view);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  #count(family: IpFamily, by: 1 | -1): void {
    if (family === 4) this.#size4 += by;
    else this.#size6 += by;
  }

  #list(family: IpFamily, hook: BuiltinChain): HookFunction[] {
    const lists = family === 4 ? this.#ipv4 : this.#ipv6;
    // Spelt out: a look-up by a name that is different each time costs more than the hook often does.
    switch (hook) {
      case 'PREROUTING':
        return lists.PREROUTING;
      case 'INPUT':
        return lists.INPUT;
      case 'FORWARD':
        return lists.FORWARD;
      case 'OUTPUT':
        return lists.OUTPUT;
      case 'POSTROUTING':
        return lists.POSTROUTING;
    }
  }
}

const emptyLists = (): Lists => ({
  PREROUTING: [],
  INPUT: [],
  FORWARD: [],
  OUTPUT: [],
  POSTROUTING: [],
});
