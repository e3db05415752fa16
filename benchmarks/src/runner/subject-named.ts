import { SUITES } from '../suites/index.ts';
import type { Subject } from '../suites/suite.ts';

export function subjectNamed(suiteName: string, subjectName: string): Subject {
  const suite = SUITES.find((each) => each.name === suiteName);
  const subject = suite?.subjects.find((each) => each.name === subjectName);
  if (subject === undefined)
    throw new RangeError(`no subject ${subjectName} in suite ${suiteName}`);
  return subject;
}
