/** How many single-character edits lead from one text to the other, or `limit + 1` if more than `limit`. */
export const editDistance = (from: string, to: string, limit: number): number => {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    let best = row;
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from.charCodeAt(row - 1) === to.charCodeAt(column - 1);
      const replaced = (above[column - 1] ?? 0) + (isSame ? 0 : 1);
      const value = Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      current.push(value);
      best = Math.min(best, value);
    }
    if (best > limit) return limit + 1;
    above = current;
  }
  return Math.min(above[to.length] ?? 0, limit + 1);
};

/** A name, perhaps with the namespace it is in. */
export interface Named {
  readonly namespace: string | undefined;
  readonly name: string;
}

const MOST_SUGGESTIONS = 3;

/**
 * The candidates whose names are closest to the one asked for, closest first, as `suggestionFor` writes
 * them. A namespace that is missing or another counts as one edit. None when nothing is close.
 */
export const nearMatches = <T extends Named>(
  asked: Named,
  candidates: Iterable<T>,
  suggestionFor: (candidate: T) => string,
): string[] => {
  const limit = Math.max(1, Math.floor(asked.name.length / 3));
  const distances = new Map<string, number>();
  for (const candidate of candidates) {
    const distance = editDistance(asked.name, candidate.name, limit);
    if (distance > limit) continue;
    const total = distance + (asked.namespace === candidate.namespace ? 0 : 1);
    const suggestion = suggestionFor(candidate);
    distances.set(suggestion, Math.min(total, distances.get(suggestion) ?? total));
  }
  return [...distances]
    .sort(([, a], [, b]) => a - b)
    .slice(0, MOST_SUGGESTIONS)
    .map(([suggestion]) => suggestion);
};
