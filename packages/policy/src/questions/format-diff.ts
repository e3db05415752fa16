import { formatConnections } from '../connection-set.ts';
import { type ExplainedStep, explain } from '../explanation.ts';
import { getOrAdd } from '../get-or-add.ts';
import type { ChangedConnections, PolicyDiff } from './diff.ts';

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
  for (const { between, families, connections, before, after } of changes) {
    const text = [
      `${formatConnections(connections)}, IPv${families.join(' and IPv')}`,
      ...stepsBetween(explain(before), explain(after)),
    ].map((line) => `    ${line}`);
    const pairs = getOrAdd(pairsByText, text.join('\n'), () => []);
    for (const { from, to } of between) pairs.push(`${sign} ${namesOf(from)} → ${namesOf(to)}`);
  }
  if (pairsByText.size === 0) return [];
  return [title, ...[...pairsByText].flatMap(([text, pairs]) => [...pairs, text]), ''];
};

/** Those who have changed their mind, and why. */
const stepsBetween = (
  before: readonly ExplainedStep[],
  after: readonly ExplainedStep[],
): readonly string[] => {
  const names = [...new Set([...before, ...after].map(nameOf))];
  return names.flatMap((name) => {
    const [was, is] = [before, after].map((steps) => steps.find((step) => nameOf(step) === name));
    if (was?.allowed === is?.allowed) return [];
    return [
      ...(was === undefined ? [] : [`${name} before: ${reasonOf(was)}`]),
      ...(is === undefined ? [] : [`${name} now: ${reasonOf(is)}`]),
    ];
  });
};

const nameOf = ({ who, direction }: ExplainedStep): string =>
  typeof who === 'string' ? direction : `${direction} at ${who.node}`;

const reasonOf = ({ reasons: [first, ...more] }: ExplainedStep): string =>
  `${first}${more.length === 0 ? '' : ` (${more.length} more)`}`;
