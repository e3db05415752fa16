import type { Difference } from '../compare/difference.ts';
import { KernelNetwork } from '../kernel/kernel-network.ts';
import { judge } from '../scenario/judge.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { generate } from './generate.ts';

export interface FuzzRun {
  readonly seed: number;
  readonly setups: number;
  readonly flows: number;
  readonly workers: number;
  /** Frames made by hand, and routes with several next hops, are drawn too. */
  readonly wild?: boolean;
}

/** A set-up that the two networks do not agree on. */
export interface Disagreement {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly differences: readonly Difference[];
}

export interface FuzzResult {
  readonly seed: number;
  /** Set-ups that were played. */
  readonly setups: number;
  /** Flows that were played and compared. */
  readonly flows: number;
  /** Flows whose errors the kernel would not send, for it limits their rate. */
  readonly mutedFlows: number;
  /** Set-ups whose frames go round without end: numbers of them. */
  readonly endless: readonly number[];
  readonly disagreements: readonly Disagreement[];
  /** In how many set-ups something was made use of. */
  readonly features: ReadonlyMap<string, number>;
  readonly seconds: number;
}

export interface FuzzProgress {
  /** A set-up is done; `disagreement` where it differs. */
  readonly played: (done: number, disagreement: Disagreement | undefined) => void;
}

/** Plays set-ups of consecutive seeds in both networks. Throws LabError where no namespaces can be had. */
export async function runFuzz(
  { seed, setups, flows, workers, wild = false }: FuzzRun,
  progress: FuzzProgress,
): Promise<FuzzResult> {
  const started = performance.now();
  const features = new Map<string, number>();
  const disagreements: Disagreement[] = [];
  const endless: number[] = [];
  let [next, done, flowCount, mutedFlows] = [seed, 0, 0, 0];
  const work = async (): Promise<void> => {
    const network = new KernelNetwork();
    try {
      while (next < seed + setups) {
        const current = next++;
        const generated = generate(current, flows, wild);
        const judged = await judge(network, generated.scenario);
        let disagreement: Disagreement | undefined;
        if (judged === undefined) {
          endless.push(current);
        } else {
          const { scenario, kernel, differences, leftOut } = judged;
          flowCount += kernel.flows.length;
          mutedFlows += leftOut;
          for (const feature of generated.features) {
            features.set(feature, (features.get(feature) ?? 0) + 1);
          }
          if (differences.length > 0) {
            disagreement = { seed: current, scenario, differences };
            disagreements.push(disagreement);
          }
        }
        done++;
        progress.played(done, disagreement);
      }
    } finally {
      network.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, setups) }, work));
  return {
    seed,
    setups: done - endless.length,
    flows: flowCount,
    mutedFlows,
    endless: endless.sort((a, b) => a - b),
    disagreements: disagreements.sort((a, b) => a.seed - b.seed),
    features: new Map([...features].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
    seconds: (performance.now() - started) / 1000,
  };
}
