import { describe, expect, it } from 'vitest';
import { buildReport } from './build-report.ts';
import type { Table } from './document/document.ts';
import { summaryTable } from './sections/summary.ts';
import { benchmarks, comparison } from './test-comparison.ts';

const tables = (title: string): readonly Table[] =>
  buildReport({ subject: 'the sample', comparison, benchmarks })
    .sections.filter((section) => section.title === title)
    .flatMap((section) => section.blocks.filter((block) => block.kind === 'table'));

describe('the report', () => {
  it('starts with the answer and ends with how it was measured', () => {
    const titles = buildReport({ subject: 'the sample', comparison, benchmarks }).sections.map(
      (s) => s.title,
    );
    expect(titles[0]).toBe('In short');
    expect(titles.at(-1)).toBe('How it was measured');
  });

  it('counts what is open, and what agrees with the policies where any are enforced', () => {
    const [calico, flannel] = summaryTable(comparison).rows;
    expect(calico?.slice(0, 3)).toEqual(['Calico', '1 of 2', '2 of 2']);
    expect(flannel?.slice(0, 3)).toEqual(['Flannel', '2 of 2', 'enforces none']);
  });

  it('says that the plugins which enforce policy do what it says', () => {
    const text = JSON.stringify(buildReport({ subject: 'x', comparison }));
    expect(text).toContain('Under Calico, every connection ends as the policies say.');
  });

  it('folds what a plugin without policy leaves open by destination, with the policies that close it', () => {
    const [open] = tables('Where the plugins differ');
    expect(open?.caption).toBe('What the policies close and Flannel leaves open');
    expect(open?.rows).toEqual([
      ['data/db', 'TCP 8080', '1 of 1 workloads', '0', 'data/default-deny'],
    ]);
  });

  it('shows each connection that an enforcing plugin treats otherwise', () => {
    const leaky = comparison.flows.map((flow) => ({
      ...flow,
      walks: flow.walks.map((walk) => ({ ...walk, passed: true })),
    }));
    const { sections } = buildReport({ subject: 'x', comparison: { ...comparison, flows: leaky } });
    const [table] = sections[1]?.blocks.filter((block) => block.kind === 'table') ?? [];
    expect(table?.rows).toEqual([
      ['shop/front', 'data/db', 'TCP 8080', 'closed: ingress by data/default-deny', 'open'],
    ]);
  });

  it('gives speeds with their spread and as a ratio to the peer', () => {
    const [speeds] = tables('Route lookup');
    expect(speeds?.rows).toEqual([
      ['10 nodes', 'calico', '2M', '±5%', '500 ns', '900 ns', '4 ×', '12 routes'],
      ['10 nodes', 'linear scan', '500K', 'one run', '2 µs', '2.5 µs', '1 ×', '12 routes'],
    ]);
  });

  it('says of durations and bytes that less is better, and gives them in units that people read', () => {
    expect(tables('Installing')[0]?.rows).toEqual([
      ['1,000 nodes', 'calico', '400 ms', '±3%', '500 ms', '2 ×', ''],
      ['1,000 nodes', 'by hand', '800 ms', 'one run', '900 ms', '1 ×', ''],
    ]);
    const [memory] = tables('Memory');
    expect(memory?.columns.map(({ title }) => title)).toEqual([
      'What',
      'Subject',
      'bytes of heap',
      'Spread',
      'Holds',
    ]);
    expect(memory?.rows).toEqual([['pod', 'flannel', '12.3 kB', '±2%', '1 namespaces']]);
  });

  it('says what each workload is', () => {
    const text = JSON.stringify(buildReport({ subject: 'x', benchmarks }));
    for (const said of ['10 nodes: ten nodes.', '1,000 nodes: a thousand nodes.', 'pod: a pod.']) {
      expect(text).toContain(said);
    }
  });

  it('names what was made up, not read, or not run', () => {
    const text = JSON.stringify(buildReport({ subject: 'x', comparison, benchmarks }));
    for (const said of [
      '3 nodes were made up.',
      'Not read: 2 of v1 ConfigMap.',
      'netmask was not run: too slow to wait for',
    ]) {
      expect(text).toContain(said);
    }
  });
});
