/** A selector expression that does not parse. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
  readonly expression: string;
  /** Offset of the first character that does not fit, from 0. */
  readonly offset: number;

  constructor(expression: string, offset: number, expected: string) {
    super(`selector "${expression}", character ${offset + 1}: expected ${expected}`);
    this.expression = expression;
    this.offset = offset;
  }
}
