import { SUITES } from '../suites/index.ts';
import type { Subject, Suite } from '../suites/suite.ts';

/** Throws RangeError, which names what there is, for names of nothing. */
export function subjectNamed(
  suiteName: string,
  workloadName: string,
  subjectName: string,
): { readonly suite: Suite; readonly subject: Subject } {
  const suite = named('suite', SUITES, suiteName);
  const workload = named(`workload of ${suiteName}`, suite.workloads, workloadName);
  return { suite, subject: named(`subject of ${suiteName}`, workload.subjects, subjectName) };
}

function named<T extends { readonly name: string }>(
  what: string,
  known: readonly T[],
  name: string,
): T {
  const found = known.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new RangeError(
    `no ${what} is called ${name}; there are ${known.map((each) => each.name).join(', ')}`,
  );
}
