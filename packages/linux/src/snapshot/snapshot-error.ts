/**
 * A snapshot that cannot be loaded as a whole, or an end of a flow that it does not have. Text that cannot be read is a
 * ParseError.
 */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  /** File or folder, or the end of the flow, as the user named it. */
  readonly where: string;
  readonly problem: string;
  readonly expected: string;

  constructor(where: string, problem: string, expected: string) {
    super(`${where}: ${problem}; expected ${expected}`);
    this.where = where;
    this.problem = problem;
    this.expected = expected;
  }
}
