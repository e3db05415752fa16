/** Where in a dump something stands. Lines and columns count from 1. */
export interface Place {
  /** As the caller named it. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** In JSON: the way to the value, as in `[3].linkinfo.info_kind`. */
  readonly field?: string;
}

/**
 * Text of a tool that cannot be taken in: it is broken, or says something that podpath does not emulate. The message
 * reads on its own: the place, what is wrong, what would be right.
 */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  readonly place: Place;
  /** What is wrong, or not supported. */
  readonly problem: string;
  /** What would be right, to follow "expected". */
  readonly expected: string;

  constructor(place: Place, problem: string, expected: string) {
    super(`${describePlace(place)}: ${problem}; expected ${expected}`);
    this.place = place;
    this.problem = problem;
    this.expected = expected;
  }
}

/** `FILE:LINE:COLUMN`, then the field. */
function describePlace({ file, line, column, field }: Place): string {
  const numbers = [line, column].filter((number) => number !== undefined);
  const where = [file, ...numbers].join(':');
  return field === undefined ? where : `${where}: ${field}`;
}

const LONGEST_SHOWN = 60;

/** Text from outside for a message: short, in quotes, control characters escaped. */
export const shown = (text: string): string =>
  JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
