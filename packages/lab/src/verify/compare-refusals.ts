import { formatProgram } from '@podpath/linux';
import type { Difference } from '../compare/difference.ts';
import type { PlacedCommand, Refusal } from '../kernel/command-batches.ts';

/** Commands that one of the two refused, and the other took or refused with another errno. */
export function compareRefusals(
  commands: readonly PlacedCommand[],
  kernel: readonly Refusal[],
  emulated: readonly Refusal[],
): readonly Difference[] {
  const theirs = new Map(kernel.map((refusal) => [refusal.index, refusal]));
  const ours = new Map(emulated.map((refusal) => [refusal.index, refusal]));
  return commands.flatMap(({ index, namespace, command }): Difference[] => {
    const [expected, actual] = [theirs.get(index), ours.get(index)];
    if (expected === undefined && actual === undefined) return [];
    const isSame = expected !== undefined && actual !== undefined;
    if (isSame && (expected.errno === undefined || expected.errno === actual.errno)) return [];
    return [
      {
        what: formatProgram({ namespace, commands: [command] }).trim(),
        kernel: verdictOf(expected),
        emulated: verdictOf(actual),
      },
    ];
  });
}

const verdictOf = (refusal: Refusal | undefined): string => {
  if (refusal === undefined) return 'taken';
  const { errno, said } = refusal;
  return ['refused', ...(errno === undefined ? [] : [errno]), said].join(': ');
};
