import type { KernelNetwork } from '../kernel/kernel-network.ts';
import type { ChoosingChain } from './steered-draws.ts';

/** Tells by the kernel's counters which rule of a chain a flow has taken. */
export class ChosenRules {
  readonly #kernel: KernelNetwork;
  /** Packets that each rule of a chain had counted when it was last looked at. */
  readonly #counted = new Map<string, readonly number[]>();

  constructor(kernel: KernelNetwork) {
    this.#kernel = kernel;
  }

  /** The last rule of the chain that has counted something since it was last looked at; from 0, -1 when none has. */
  async look({ namespace, family, chain }: ChoosingChain): Promise<number> {
    const argv = [family === 4 ? 'iptables-save' : 'ip6tables-save', '-c', '-t', 'nat'];
    const [saved = ''] = await this.#kernel.read([{ namespace, argv }]);
    const counts = countsIn(saved, chain);
    const key = `${namespace} ${family} ${chain}`;
    const before = this.#counted.get(key) ?? [];
    this.#counted.set(key, counts);
    return counts.findLastIndex((count, at) => count > (before[at] ?? 0));
  }
}

/** Packets counted by each rule of a chain, in order, as `iptables-save -c` prints them. */
export function countsIn(saved: string, chain: string): readonly number[] {
  return saved.split('\n').flatMap((line) => {
    const match = /^\[(\d+):\d+\] -A (\S+) /.exec(line);
    return match?.[2] === chain ? [Number(match[1])] : [];
  });
}
