/** A selector expression that does not parse. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
  readonly expression: string;
  /** Offset of the first character that does not fit, from 0. */
  readonly offset: number;
  /** What would have fitted there. */
  readonly expected: string;

  constructor(expression: string, offset: number, expected: string) {
    super(`selector "${expression}", character ${offset + 1}: expected ${expected}`);
    this.expression = expression;
    this.offset = offset;
    this.expected = expected;
  }

  /** What is wrong, as a sentence without its end. */
  get reason(): string {
    const rest = this.expression.slice(this.offset, this.offset + 30);
    const found = rest === '' ? 'it ends' : `there is ${JSON.stringify(rest)}`;
    return `the selector cannot be read: at character ${this.offset + 1} ${found}`;
  }
}
