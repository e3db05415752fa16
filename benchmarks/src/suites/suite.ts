import type { Workload } from '../workloads/workload.ts';

/** A question that figures answer, with what is measured to answer it. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  /** What a figure of this suite says, and what it does not. */
  readonly about: string;
  readonly unit: string;
  /** What is in a workload's cluster and what the stream of questions is like. */
  describe(workload: Workload): string;
  readonly subjects: readonly Subject[];
}

export interface Subject {
  readonly name: string;
  readonly role: 'plugin' | 'own' | 'peer';
  /** Why the subject is not run on a workload; absent or undefined when it is. */
  skip?(workload: Workload): string | undefined;
  prepare(workload: Workload): Prepared;
}

export interface Prepared {
  /** Operations that one call of `run` does. */
  readonly operations: number;
  /** Returns a number that depends on every answer, so that no answer can be optimised away. */
  run(): number;
  /** Compares answers with the oracle's and returns how many. Throws at the first that differs. */
  check(): number;
  readonly holds: Readonly<Record<string, number>>;
}
