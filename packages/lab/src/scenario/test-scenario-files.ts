import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differenceText } from '../compare/difference.ts';
import { whyNoLab } from '../host.ts';
import { KernelNetwork } from '../kernel/kernel-network.ts';
import { compareResults } from './compare-results.ts';
import { judge } from './judge.ts';
import { resultOf } from './recorded-result.ts';
import { runEmulated } from './run-emulated.ts';
import { readScenarioFile } from './scenario-file.ts';

/** Holds the emulator to the scenarios of a folder: to what a kernel was seen to do, and to what the one here does. */
export function testScenarios(title: string, folder: string): void {
  const files = readdirSync(folder).map((name) =>
    readScenarioFile(readFileSync(join(folder, name), 'utf8'), name),
  );
  const why = whyNoLab();
  if (why !== undefined) console.log(`scenarios are compared with records only: ${why}`);

  describe(title, () => {
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
}
