import { type Cluster, FlowEndError, formatFlowEnd, parseFlowEnd } from '@podpath/cluster';
import { type DataPath, FlowError } from '@podpath/cni';
import {
  createChecker,
  type ExpectationChecker,
  formatVerdict,
  PolicyFlowError,
  parseTarget,
  QuestionError,
} from '@podpath/policy';
import { knowledgeOf } from '../input/knowledge.ts';
import type { WrittenExpectation } from './expectations.ts';
import type { CheckResult } from './report.ts';

/** Checks expectations one by one. `pathOf` installs the plugin of a name, once for all. */
export function* checkAll(
  cluster: Cluster,
  expectations: readonly WrittenExpectation[],
  pathOf: (plugin: string) => DataPath,
): Generator<CheckResult> {
  const checker = createChecker(cluster, { knowledge: knowledgeOf(cluster) });
  for (const expectation of expectations) {
    try {
      const { plugin } = expectation;
      yield plugin === undefined
        ? byPolicies(cluster, checker, expectation)
        : byWalk(checker, pathOf(plugin), expectation);
    } catch (error) {
      if (!EXPECTED.some((kind) => error instanceof kind) || !(error instanceof Error)) throw error;
      yield { expectation, outcome: 'error', message: error.message };
    }
  }
}

/** Names of who is not there, and flows that cannot be. */
const EXPECTED = [FlowEndError, FlowError, PolicyFlowError, QuestionError];

const NOBODY =
  'there is nothing to connect: they are one pod, or have no addresses of a family in common';

function byPolicies(
  cluster: Cluster,
  checker: ExpectationChecker,
  expectation: WrittenExpectation,
): CheckResult {
  const { from, to, protocol, port, family, allowed } = expectation;
  const { judged, against } = checker.check({
    from: parseTarget(from, cluster),
    to: parseTarget(to, cluster),
    protocol,
    port,
    allowed,
    ...(family === undefined ? {} : { family }),
  });
  if (judged === 0) return { expectation, outcome: 'error', message: NOBODY };
  if (against === undefined) return { expectation, outcome: 'passed', message: '' };
  const ends = { from: formatFlowEnd(against.from), to: formatFlowEnd(against.to) };
  return {
    expectation,
    outcome: 'failed',
    message: `${ends.from} → ${ends.to} over IPv${against.family}: ${formatVerdict(against.verdict)}`,
    against: { ...ends, family: against.family, verdict: against.verdict },
  };
}

/** Walks a connection between each two that policies could tell apart; a Service is dialled as it is. */
function byWalk(
  checker: ExpectationChecker,
  path: DataPath,
  expectation: WrittenExpectation,
): CheckResult {
  const { cluster } = path;
  const { protocol, port, family, allowed } = expectation;
  const to = parseFlowEnd(expectation.to, cluster);
  const from = parseTarget(expectation.from, cluster);
  const pairs =
    to.kind === 'service'
      ? checker.members(from).map((source) => ({ from: source, to }))
      : checker.pairs(from, parseTarget(expectation.to, cluster));
  if (pairs.length === 0) return { expectation, outcome: 'error', message: NOBODY };
  for (const pair of pairs) {
    const flow = { ...pair, protocol, port, ...(family === undefined ? {} : { family }) };
    const { outcome, reason } = path.send(flow);
    const ends = { from: formatFlowEnd(pair.from), to: formatFlowEnd(pair.to) };
    const message = `${ends.from} → ${ends.to}: ${outcome}: ${reason}`;
    if (outcome === 'undecided') return { expectation, outcome: 'error', message };
    // Whoever refuses has been reached.
    if ((outcome === 'delivered' || outcome === 'refused') === allowed) continue;
    const against = { ...ends, walk: { outcome, reason } };
    return { expectation, outcome: 'failed', message, against };
  }
  return { expectation, outcome: 'passed', message: '' };
}
