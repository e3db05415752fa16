/** A question that figures answer, with what is measured to answer it. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  /** What a figure of this suite says, and what it does not. */
  readonly about: string;
  readonly quantity: Quantity;
  /** What a value is: `lookups a second`, `bytes of heap`. */
  readonly measure: string;
  /** What a workload is: `Cluster`, `Chain`. */
  readonly workloadTitle: string;
  readonly workloads: readonly SuiteWorkload[];
}

/** `rate`: operations a second. `duration`: of one operation. `memory`: bytes of one thing. */
export type Quantity = 'rate' | 'duration' | 'memory';

/** What the subjects of a suite are put to, and the seed that made it. */
export interface SuiteWorkload {
  readonly name: string;
  /** One sentence: what there is, and what the stream of questions is like. */
  readonly description: string;
  readonly size: Readonly<Record<string, number>>;
  readonly seed: number;
  /** Small enough for a run that people wait for. */
  readonly quick: boolean;
  readonly subjects: readonly Subject[];
}

export interface Subject {
  readonly name: string;
  readonly role: 'plugin' | 'own' | 'peer';
  /** Why the subject is not run on this workload; absent or undefined when it is. */
  readonly skip?: string | undefined;
  prepare(): Timed | SelfTimed | Weighed;
}

/** Of a suite that measures a rate or a duration. */
export interface Timed {
  readonly kind: 'timed';
  /** Operations that one call of `run` does. */
  readonly operations: number;
  /** Returns a number that depends on every answer, so that no answer can be optimised away. */
  run(): number;
  /** What has to happen between one call of `run` and the next, and is not timed. */
  rest?(): void;
  /** Compares answers with the oracle's and returns how many. Throws at the first that differs. */
  check(): number;
  readonly holds: Readonly<Record<string, number>>;
}

/** What keeps its own time: a program of its own. */
export interface SelfTimed {
  readonly kind: 'self-timed';
  /** For so long. Nanoseconds of an operation. */
  run(timeMs: number): { readonly p50Ns: number; readonly p99Ns: number };
  /** As `Timed.check`. */
  check(): number;
  readonly holds: Readonly<Record<string, number>>;
}

/** Of a suite that measures memory. */
export interface Weighed {
  readonly kind: 'weighed';
  /** How many things the bytes are shared out among. */
  readonly things: number;
  /** Returns what must not be collected while it is weighed. */
  make(): unknown;
  /** The same without the things, whose weight is taken off; absent: nothing. */
  makeWithout?(): unknown;
  /** As `Timed.check`. */
  check(): number;
  readonly holds: Readonly<Record<string, number>>;
}
