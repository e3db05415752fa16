/** One file of test vectors, or one folder that is a set by itself. */
export interface VectorSet {
  /** Path below the vectors' folder, with `/`: `netpol/e2e.json`, `np-guard/ipblockstest_3`. */
  readonly name: string;
  /** Where it is on disk. */
  readonly path: string;
}

export type CaseResult =
  | { readonly id: string; readonly outcome: 'passed' }
  | {
      readonly id: string;
      readonly outcome: 'failed';
      readonly expected: string;
      readonly got: string;
    }
  /** `reason` names what is missing; cases are counted by it. */
  | { readonly id: string; readonly outcome: 'not-supported'; readonly reason: string };

/** Holds one part of podpath to the vectors about it. */
export interface Runner {
  /** What is held to the vectors: `reference evaluator`, `walk calico`. Tells several over one file apart. */
  readonly subject: string;
  accepts(name: string): boolean;
  /**
   * One result a case, in the file's order. Throws `VectorError` when the file is not what it should be;
   * whatever a case throws is that case's failure.
   */
  run(set: VectorSet): Iterable<CaseResult> | AsyncIterable<CaseResult>;
}

/** A vector file that cannot be read as what it should be. */
export class VectorError extends Error {
  override readonly name = 'VectorError';

  constructor(set: string, problem: string) {
    super(`${set}: ${problem}`);
  }
}
