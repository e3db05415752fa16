/** Text that is no address, prefix or MAC. The message reads on its own: what was given, what is wrong, what would be right. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
  /** As it was given. */
  readonly text: string;
  /** What is wrong with it, to follow the text: `has 3 octets`. */
  readonly reason: string;
  /** What would be right, to follow "expected". */
  readonly expected: string;

  constructor(
    text: string,
    reason: string,
    expected: string,
    advice: string = `expected ${expected}`,
  ) {
    super(`${show(text)} ${reason}; ${advice}`);
    this.text = text;
    this.reason = reason;
    this.expected = expected;
  }
}

/** Why a text could not be read. Readers return it, so that trying costs no exception. */
export interface Problem {
  readonly reason: string;
  readonly expected: string;
}

const LONGEST_SHOWN = 80;

/** Plain text as it is; blanks, control characters and the empty text in quotes, so that they are seen. */
export const show = (text: string): string => {
  const short = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return /^[!-~…]+$/.test(short) ? short : JSON.stringify(short);
};
