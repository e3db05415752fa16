import { formatConnections } from '../connection-set.ts';
import { explainStep } from '../explanation.ts';
import { getOrAdd } from '../get-or-add.ts';
import type { DirectionVerdict } from '../verdict.ts';
import type { ChangedConnections, ChangedStep, PolicyDiff } from './diff.ts';

/** A difference for people: each connection gained and lost, what decided before and what does now. */
export const formatDiff = (diff: PolicyDiff): string => {
  const { gained, lost, onlyBefore, onlyAfter } = diff;
  const sections = [
    ...section('Gained', '+', gained, diff),
    ...section('Lost', '-', lost, diff),
    ...(onlyBefore.length === 0 ? [] : [`Workloads that are gone: ${onlyBefore.join(', ')}.`]),
    ...(onlyAfter.length === 0 ? [] : [`Workloads that are new: ${onlyAfter.join(', ')}.`]),
  ];
  if (gained.length + lost.length === 0) {
    sections.unshift('Whoever is in both may connect as before.');
  }
  return `${sections.join('\n')}\n`;
};

const section = (
  title: string,
  sign: string,
  changes: readonly ChangedConnections[],
  { ends }: PolicyDiff,
): readonly string[] => {
  const namesOf = (indexes: readonly number[]) =>
    indexes.map((index) => ends[index]?.name ?? '').join(', ');
  const pairsByText = new Map<string, string[]>();
  for (const { between, families, connections, steps } of changes) {
    const text = [
      `${formatConnections(connections)}, IPv${families.join(' and IPv')}`,
      ...steps.flatMap(linesOf),
    ].map((line) => `    ${line}`);
    const pairs = getOrAdd(pairsByText, text.join('\n'), () => []);
    for (const { from, to } of between) pairs.push(`${sign} ${namesOf(from)} → ${namesOf(to)}`);
  }
  if (pairsByText.size === 0) return [];
  return [title, ...[...pairsByText].flatMap(([text, pairs]) => [...pairs, text]), ''];
};

/** What somebody said before, and says now. */
const linesOf = ({ direction, hostEndpoint, before, after }: ChangedStep): readonly string[] => {
  const end = direction === 'egress' ? 'source' : 'destination';
  const who =
    hostEndpoint === undefined ? end : { node: hostEndpoint.node, hostEndpoint: hostEndpoint.name };
  const name = hostEndpoint === undefined ? direction : `${direction} at ${hostEndpoint.node}`;
  const line = (word: string, verdict: DirectionVerdict) => {
    const [first, ...more] = explainStep(who, direction, verdict).reasons;
    return `${name} ${word}: ${first}${more.length === 0 ? '' : ` (${more.length} more)`}`;
  };
  return [
    ...(before === undefined ? [] : [line('before', before)]),
    ...(after === undefined ? [] : [line('now', after)]),
  ];
};
