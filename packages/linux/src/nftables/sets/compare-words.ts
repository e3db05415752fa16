/** Less than, equal to or greater than 0, as the keys whose words begin at the places given compare. */
export const compareWords = (
  a: Uint32Array,
  aAt: number,
  b: Uint32Array,
  bAt: number,
  words: number,
): number => {
  for (let i = 0; i < words; i++) {
    const left = a[aAt + i] ?? 0;
    const right = b[bAt + i] ?? 0;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
};
