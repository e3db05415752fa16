/** Something read from a dump, and the line it stands in, from 1. */
export interface Located<T> {
  readonly line: number;
  readonly value: T;
}

/** The lines of a text that say something, with their numbers: blank lines and those that begin with `#` are left out. */
export function* meaningfulLines(text: string): IterableIterator<Located<string>> {
  let line = 0;
  for (const value of text.split(/\r?\n/)) {
    line++;
    if (/^\s*(#|$)/.test(value)) continue;
    yield { line, value };
  }
}
