import { describe, expect, it } from 'vitest';
import { subjectNamed } from '../runner/subject-named.ts';
import { SUITES } from './index.ts';
import type { Subject, SuiteWorkload } from './suite.ts';

const run = ({ subjects }: SuiteWorkload): readonly Subject[] =>
  subjects.filter(({ skip }) => skip === undefined);

/** Every way that a packet can take is another question; of the other suites the smallest workload will do. */
const cases = SUITES.flatMap((suite) =>
  (suite.name === 'packet-walk' ? suite.workloads : suite.workloads.slice(0, 1)).flatMap(
    (workload) =>
      run(workload).map((subject) => ({
        suite: suite.title,
        workload: workload.name,
        name: subject.name,
        subject,
      })),
  ),
);

describe('a subject', () => {
  it.each(cases)('answers as the oracle does: $suite, $workload, $name', ({ subject }) => {
    const prepared = subject.prepare();
    expect(prepared.check()).toBeGreaterThan(0);
    if (prepared.kind === 'weighed') {
      expect(prepared.things).toBeGreaterThan(0);
      return;
    }
    if (prepared.kind === 'self-timed') {
      expect(prepared.run(1).p50Ns).toBeGreaterThan(0);
      return;
    }
    expect(prepared.operations).toBeGreaterThan(0);
    const first = prepared.run();
    expect(first, 'every answer counts').not.toBe(0);
    prepared.rest?.();
    expect(prepared.run(), 'the same sum each time').toBe(first);
  });
});

describe('a suite', () => {
  it.each(SUITES)('$title has names of its own for workloads and subjects', ({ workloads }) => {
    expect(new Set(workloads.map(({ name }) => name)).size).toBe(workloads.length);
    for (const { subjects } of workloads) {
      expect(new Set(subjects.map(({ name }) => name)).size).toBe(subjects.length);
    }
  });

  it.each(SUITES)('$title has a workload that people wait for', ({ workloads }) => {
    expect(workloads.some(({ quick }) => quick)).toBe(true);
  });

  it('that is unknown is refused with the known ones', () => {
    expect(() => subjectNamed('huge', '', '')).toThrow(/no suite is called huge; there are packet/);
    expect(() => subjectNamed('rules', '7 rules', '')).toThrow(/no workload of rules .* 10 rules/);
    expect(() => subjectNamed('rules', '10 rules', 'x')).toThrow(/no subject of rules/);
  });
});
