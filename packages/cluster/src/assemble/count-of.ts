/** A number and what there are so many of, for a note: `1 pod`, `12 pods`. */
export const countOf = (count: number, singular: string): string =>
  `${count.toLocaleString('en')} ${singular}${count === 1 ? '' : 's'}`;
