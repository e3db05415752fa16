import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, ClusterLoadError } from '@podpath/cluster';
import { loadManifests } from '../load-manifests.ts';
import { connectionList } from '../np-guard/connection-list.ts';
import { directOwners, parseList } from '../np-guard/parse-list.ts';
import type { CaseResult, Runner, VectorSet } from '../runner.ts';

/** Whole clusters from manifests, against the lists of np-guard's analyzer. */
export const npGuardRunner: Runner = {
  subject: 'reachability',
  accepts: (name) => name.startsWith('np-guard/'),
  async *run(set) {
    yield await judge(set);
  },
};

const judge = async (set: VectorSet): Promise<CaseResult> => {
  const { name, path } = set;
  let cluster: Cluster;
  try {
    // The analyzer takes policies that no API server with their schema would.
    cluster = await loadManifests(set, { lenientPolicies: true });
  } catch (error) {
    if (!(error instanceof ClusterLoadError)) throw error;
    const [problem] = error.problems;
    const why = problem === undefined ? '' : ` (${problem.field}: ${problem.reason})`;
    return { id: name, outcome: 'not-supported', reason: `its manifests are refused${why}` };
  }
  const text = readFileSync(join(path, 'connlist.txt'), 'utf8');
  const expected = parseList(text, directOwners(cluster));
  return compare(name, expected, connectionList(cluster));
};

const LONGEST_LIST = 5;

const compare = (id: string, expected: readonly string[], got: readonly string[]): CaseResult => {
  const missing = onlyIn(expected, got);
  const extra = onlyIn(got, expected);
  return missing.length === 0 && extra.length === 0
    ? { id, outcome: 'passed' }
    : { id, outcome: 'failed', expected: show(missing), got: show(extra) };
};

const onlyIn = (lines: readonly string[], others: readonly string[]): readonly string[] => {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
};

const show = (lines: readonly string[]): string =>
  [`${lines.length} lines that the other has not`, ...lines.slice(0, LONGEST_LIST)].join('; ');
