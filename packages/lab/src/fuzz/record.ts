import { readFileSync, writeFileSync } from 'node:fs';
import type { Difference } from '../compare/difference.ts';
import { KernelNetwork } from '../kernel/kernel-network.ts';
import { judge } from '../scenario/judge.ts';
import { recordResult } from '../scenario/recorded-result.ts';
import { formatScenarioFile, readScenarioFile } from '../scenario/scenario-file.ts';

/** Plays a scenario's file, writes the kernel's result into it, and tells what the emulator makes otherwise. */
export async function record(file: string): Promise<readonly Difference[]> {
  const { about, scenario } = readScenarioFile(readFileSync(file, 'utf8'), file);
  const network = new KernelNetwork();
  try {
    const judged = await judge(network, scenario);
    if (judged === undefined)
      return [{ what: file, kernel: 'not played', emulated: 'without end' }];
    const { kernel, differences } = judged;
    writeFileSync(file, formatScenarioFile({ about, scenario, kernel: recordResult(kernel) }));
    return differences;
  } finally {
    network.close();
  }
}
