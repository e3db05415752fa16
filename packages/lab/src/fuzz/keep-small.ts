import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { differenceText } from '../compare/difference.ts';
import { KernelNetwork } from '../kernel/kernel-network.ts';
import { LabError } from '../lab-error.ts';
import { judge } from '../scenario/judge.ts';
import { recordResult } from '../scenario/recorded-result.ts';
import { formatScenarioFile, readScenarioFile } from '../scenario/scenario-file.ts';
import { kindOf } from './kind-of-difference.ts';
import type { Disagreement } from './run-fuzz.ts';
import { shrink } from './shrink.ts';

/** Makes a set-up that differs as small as it can be and writes it down, with what the kernel makes of it. Returns the file. */
export async function keepSmall(
  { seed, scenario, differences }: Disagreement,
  folder: string,
): Promise<string> {
  const network = new KernelNetwork();
  try {
    const kinds = new Set(differences.map(kindOf));
    const small = await shrink(scenario, async (smaller) => {
      try {
        const judged = await judge(network, smaller);
        return judged?.differences.some((each) => kinds.has(kindOf(each))) === true;
      } catch (error) {
        // A smaller network may be none that can be played.
        if (error instanceof LabError) return false;
        throw error;
      }
    });
    // As it will be read: a command may be several there.
    const about = `Seed ${seed}: what differs`;
    const read = readScenarioFile(formatScenarioFile({ about, scenario: small }), `seed ${seed}`);
    const judged = await judge(network, read.scenario);
    const [first] = judged?.differences ?? [];
    const file = join(folder, `seed-${seed}.json`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      file,
      formatScenarioFile({
        about: first === undefined ? about : `Seed ${seed}: ${differenceText(first)}`,
        scenario: read.scenario,
        ...(judged === undefined ? {} : { kernel: recordResult(judged.kernel) }),
      }),
    );
    return file;
  } finally {
    network.close();
  }
}
