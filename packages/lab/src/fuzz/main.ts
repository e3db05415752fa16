import { writeFileSync } from 'node:fs';
import { differenceText } from '../compare/difference.ts';
import { whyNoLab } from '../host.ts';
import { LabError } from '../lab-error.ts';
import { ScenarioFileError } from '../scenario/scenario-file-error.ts';
import { fuzzJson, fuzzMarkdown, summaryLine } from './fuzz-report.ts';
import { keepSmall } from './keep-small.ts';
import { type FuzzOptions, OptionError, readOptions, USAGE } from './options.ts';
import { record } from './record.ts';
import { type Disagreement, runFuzz } from './run-fuzz.ts';

const PROGRESS_EVERY = 100;
const LONGEST_DIFFERENCE = 900;

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  const why = whyNoLab();
  if (why !== undefined) {
    console.error(`no set-up can be played here: ${why}`);
    return 2;
  }
  if (options.record !== undefined) {
    const differences = await record(options.record);
    for (const each of differences) console.log(differenceText(each));
    return differences.length === 0 ? 0 : 1;
  }
  const result = await runFuzz(options, {
    played: (done, disagreement) => {
      if (disagreement !== undefined) console.log(described(disagreement, options));
      if (done % PROGRESS_EVERY === 0) console.log(`${done} of ${options.setups} set-ups`);
    },
  });
  if (options.json !== undefined) writeFileSync(options.json, fuzzJson(result));
  if (options.markdown !== undefined) writeFileSync(options.markdown, fuzzMarkdown(result));
  console.log(fuzzMarkdown(result));
  console.log(summaryLine(result));
  if (options.shrink !== undefined) {
    for (const each of result.disagreements) console.log(await keepSmall(each, options.shrink));
  }
  return result.disagreements.length === 0 ? 0 : 1;
}

const described = ({ seed, differences }: Disagreement, { show }: FuzzOptions): string =>
  [
    `seed ${seed}: ${differences.length} differences`,
    ...differences
      .slice(0, show)
      .map((each) => `  ${differenceText(each).slice(0, LONGEST_DIFFERENCE)}`),
  ].join('\n');

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (
    !(
      error instanceof OptionError ||
      error instanceof LabError ||
      error instanceof ScenarioFileError
    )
  )
    throw error;
  console.error(error.message);
  process.exitCode = 2;
}
