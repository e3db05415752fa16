import { describe, expect, it } from 'vitest';
import { workloadNamed } from '../workloads/workload.ts';
import { SUITES } from './index.ts';

const workload = workloadNamed('10 nodes');

describe.each(SUITES)('$title', (suite) => {
  it.each(suite.subjects)('$name answers as the oracle does', (subject) => {
    const prepared = subject.prepare(workload);
    expect(prepared.check()).toBeGreaterThan(0);
    expect(prepared.operations).toBeGreaterThan(0);
  });

  it.each(suite.subjects)(
    '$name gives the same sum each time, so that every answer counts',
    (subject) => {
      const prepared = subject.prepare(workload);
      const first = prepared.run();
      expect(first).not.toBe(0);
      expect(prepared.run()).toBe(first);
    },
  );
});
