import { formatConnections } from '../connection-set.ts';
import { type ExplainedStep, explain } from '../explanation.ts';
import { getOrAdd } from '../get-or-add.ts';
import type { Verdict } from '../verdict.ts';
import type { ReachAnswer, WhoCanReach } from './who-can-reach.ts';

/** An answer for people: who can reach the target, at what and by which rule; then who cannot at all, and why. */
export const formatWhoCanReach = (answer: WhoCanReach): string =>
  answer.to.map((_, to) => formatTarget(answer, to)).join('\n');

const formatTarget = ({ ends, to: targets, answers }: WhoCanReach, to: number): string => {
  const name = targets[to]?.name ?? '';
  const ofTarget = answers.filter((each) => each.to === to);
  const allFamilies = new Set(ofTarget.flatMap(({ families }) => families));
  const over = ({ families }: ReachAnswer): readonly string[] =>
    families.length < allFamilies.size ? [`over IPv${families.join()}`] : [];
  const allowed = ofTarget.filter(({ verdict }) => verdict.allowed);
  const reaching = new Set(allowed.flatMap(keysOf));
  const closed = ofTarget.flatMap((answer) => {
    const from = answer.from.filter(
      (index) => !keysOf({ ...answer, from: [index] }).some((key) => reaching.has(key)),
    );
    return answer.verdict.allowed || from.length === 0 ? [] : [{ ...answer, from }];
  });
  const lines = (
    list: readonly ReachAnswer[],
    textOf: (answer: ReachAnswer) => readonly string[],
  ) =>
    alike(list, textOf).flatMap(({ from, text }) => [
      ...from.map((index) => `  ${ends[index]?.name ?? ''}`),
      ...text.map((line) => `    ${line}`),
    ]);
  return [
    allowed.length === 0 ? `Nobody can reach ${name}.` : `${name} can be reached by`,
    ...lines(allowed, (answer) => [
      [formatConnections(answer.connections), ...over(answer)].join(' '),
      ...reasonsOf(answer.verdict),
    ]),
    ...(closed.length === 0 ? [] : [allowed.length === 0 ? 'Not by' : 'and not by']),
    ...lines(closed, (answer) => [...over(answer), ...denialsOf(answer.verdict)]),
    '',
  ].join('\n');
};

/** Puts sources together of whom the same is to be said. */
const alike = (
  answers: readonly ReachAnswer[],
  textOf: (answer: ReachAnswer) => readonly string[],
) => {
  const groups = new Map<string, { from: Set<number>; text: readonly string[] }>();
  for (const answer of answers) {
    const text = textOf(answer);
    const group = getOrAdd(groups, text.join('\n'), () => ({ from: new Set<number>(), text }));
    for (const index of answer.from) group.from.add(index);
  }
  return [...groups.values()].map(({ from, text }) => ({
    from: [...from].toSorted((a, b) => a - b),
    text,
  }));
};

/** One for each source and family. */
const keysOf = ({ from, families }: ReachAnswer): readonly string[] =>
  from.flatMap((index) => families.map((family) => `${index} ${family}`));

/** The rules that allow; one sentence where it takes none. */
const reasonsOf = (verdict: Verdict): readonly string[] => {
  const deciding = explain(verdict).filter((step) => step.rulesDecide);
  if (deciding.length === 0) return ['no policy is in the way'];
  return deciding.flatMap((step) =>
    step.reasons.map((reason, index) =>
      index === 0 ? `${where(step)}: ${reason}` : `  ${reason}`,
    ),
  );
};

/** Each who denies, with the first reason. */
const denialsOf = (verdict: Verdict): readonly string[] =>
  explain(verdict)
    .filter(({ allowed }) => !allowed)
    .map((step) => {
      const [first, ...others] = step.reasons;
      return `${where(step)}: ${first}${others.length === 0 ? '' : ` (${others.length} more)`}`;
    });

const where = ({ direction, who }: ExplainedStep): string =>
  typeof who === 'string' ? direction : `${direction} at ${who.node}`;
