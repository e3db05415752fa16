import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differenceText } from '../compare/difference.ts';
import { whyNoLab } from '../host.ts';
import { KernelNetwork } from '../kernel/kernel-network.ts';
import { compareResults } from '../scenario/compare-results.ts';
import { judge } from '../scenario/judge.ts';
import { resultOf } from '../scenario/recorded-result.ts';
import { runEmulated } from '../scenario/run-emulated.ts';
import { readScenarioFile } from '../scenario/scenario-file.ts';

const FOLDER = join(import.meta.dirname, 'regressions');
const files = readdirSync(FOLDER).map((name) =>
  readScenarioFile(readFileSync(join(FOLDER, name), 'utf8'), name),
);
const why = whyNoLab();
if (why !== undefined) console.log(`scenarios are compared with records only: ${why}`);

describe('what once differed', () => {
  it.each(files)('agrees with what the kernel was seen to do: $about', ({ scenario, kernel }) => {
    expect(kernel, 'nothing is recorded: pnpm fuzz --record FILE').toBeDefined();
    if (kernel === undefined) return;
    const recorded = resultOf(kernel);
    const starts = new Map(
      recorded.flows.map(({ step, observed }) => [step, observed.startedMs ?? 0] as const),
    );
    const emulated = runEmulated(scenario, starts);
    expect(compareResults(scenario, recorded, emulated).map(differenceText)).toEqual([]);
  });

  it.skipIf(why !== undefined).each(files)(
    'agrees with what the kernel does now: $about',
    async ({ scenario }) => {
      const network = new KernelNetwork();
      try {
        const judged = await judge(network, scenario);
        expect(judged?.differences.map(differenceText)).toEqual([]);
      } finally {
        network.close();
      }
    },
    20_000,
  );
});
