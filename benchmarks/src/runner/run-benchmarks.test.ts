import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseResults } from '@podpath/report';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BenchmarkError, runBenchmarks } from './run-benchmarks.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podpath-bench-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A stand-in for the process that measures, so that the runner is tested and not the clock. */
function script(text: string): string {
  const path = join(folder, 'subject.mjs');
  writeFileSync(path, text);
  return path;
}

const ANSWER = `process.stdout.write(JSON.stringify({
  value: 1000 + process.argv[4].length, latency: { p50Ns: 10, p99Ns: 20 }, checked: 5, holds: { routes: 3 } }));`;

describe('the benchmark runner', () => {
  it('gives results of the schema, with a measurement for each subject of each size', async () => {
    const results = await runBenchmarks({
      quick: true,
      filter: 'route-lookup',
      subjectScript: script(ANSWER),
    });
    expect(parseResults(JSON.stringify(results), 'results')).toEqual(results);
    const [suite] = results.suites;
    expect(suite?.workloads.length).toBe(3);
    expect(suite?.workloads[0]?.measurements.map((each) => each.subject)).toContain('calico');
  });

  it('reports progress up to the end', async () => {
    const seen: string[] = [];
    await runBenchmarks({
      quick: true,
      filter: '10 nodes flannel',
      subjectScript: script(ANSWER),
      onProgress: (done, total) => seen.push(`${done}/${total}`),
    });
    expect(seen).toEqual(['0/3', '1/3', '2/3', '3/3']);
  });

  it('says which subject failed, and gives no figure for it', async () => {
    const running = runBenchmarks({
      quick: true,
      filter: '10 nodes calico walk',
      subjectScript: script("console.error('wrong answer'); process.exit(1)"),
    });
    await expect(running).rejects.toThrow(BenchmarkError);
    await expect(running).rejects.toThrow(/calico walk failed: [\s\S]*wrong answer/);
  });

  it('refuses a filter that leaves nothing', async () => {
    const running = runBenchmarks({
      quick: true,
      filter: 'no such',
      subjectScript: script(ANSWER),
    });
    await expect(running).rejects.toThrow(/no subject has 'no such'/);
  });
});
