import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { notBuilt } from './not-built.ts';
import { type CaseResult, type Runner, VectorError, type VectorSet } from './runner.ts';
import { formatSummary, formatTotal, type SetSummary, summarise } from './summary.ts';
import { findVectorSets } from './vector-sets.ts';

const USAGE = `usage: pnpm conformance DIR [--filter TEXT] [--json FILE]

Holds podpath to the test vectors in DIR.
  --filter TEXT  only the files whose name contains TEXT
  --json FILE    write every result to FILE as well

Exits 0 when nothing fails, 1 when a case fails, 2 when it was called wrongly.`;

/** Called wrongly, or on a folder that is none of vectors. */
class UsageError extends Error {}

/**
 * The whole of `pnpm conformance`: runs every vector file under a folder, prints a line a file and each failure.
 * Returns the exit code: 0, 1 on any failure, 2 on bad use.
 */
export const runConformance = async (
  args: readonly string[],
  runners: readonly Runner[],
  print: (line: string) => void,
): Promise<number> => {
  try {
    const { directory, filter, json } = readArguments(args);
    const sets = setsIn(directory).filter(({ name }) => name.includes(filter));
    if (sets.length === 0) throw new UsageError(`no test vectors in ${directory} match`);
    const summaries: SetSummary[] = [];
    for (const set of sets) {
      for await (const summary of summariesOf(set, runners)) {
        summaries.push(summary);
        print(formatSummary(summary));
      }
    }
    print(formatTotal(summaries));
    if (json !== undefined) {
      writeFileSync(json, `${JSON.stringify({ files: summaries }, undefined, 2)}\n`);
    }
    return summaries.some(({ failed }) => failed > 0) ? 1 : 0;
  } catch (error) {
    if (error instanceof UsageError) {
      print(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    throw error;
  }
};

/** The first runner has the set's own name, others that go over it again have their subject behind it. */
async function* summariesOf(
  set: VectorSet,
  runners: readonly Runner[],
): AsyncGenerator<SetSummary> {
  const [first, ...others] = runners.filter((runner) => runner.accepts(set.name));
  if (first === undefined) {
    yield await summarise(set.name, undefined, notBuilt(set));
    return;
  }
  yield await summarise(set.name, first.subject, resultsOf(first, set));
  for (const runner of others) {
    yield await summarise(`${set.name} ${runner.subject}`, runner.subject, resultsOf(runner, set));
  }
}

/** A file that cannot be run is a failure of that file, and the rest goes on. */
async function* resultsOf(runner: Runner, set: VectorSet): AsyncGenerator<CaseResult> {
  try {
    yield* runner.run(set);
  } catch (error) {
    const got = error instanceof VectorError ? error.message : `threw ${String(error)}`;
    yield { id: set.name, outcome: 'failed', expected: 'vectors that can be run', got };
  }
}

const readArguments = (args: readonly string[]) => {
  const { values, positionals } = parsed(args);
  const [directory, ...more] = positionals;
  if (directory === undefined || more.length > 0) throw new UsageError('expected one folder');
  return { directory, filter: values.filter ?? '', json: values.json };
};

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { filter: { type: 'string' }, json: { type: 'string' } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

const setsIn = (directory: string): readonly VectorSet[] => {
  try {
    return findVectorSets(directory);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};
