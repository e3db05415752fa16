import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../../../', import.meta.url);
const TEXT = readFileSync(new URL('docs/observations.md', ROOT), 'utf8');
const ROWS = TEXT.split('\n').filter((line) => /^\| (?!observation)/.test(line));

describe('the table of observations', () => {
  it('names a test for each', () => {
    expect(ROWS.length).toBeGreaterThan(40);
    for (const row of ROWS) expect(row).toMatch(/\| `packages\/\S+\.test\.ts`/);
  });

  it.each([...new Set(TEXT.match(/packages\/\S+?\.test\.ts/g))])(
    'names a file that is there: %s',
    (path) => {
      expect(existsSync(new URL(path, ROOT))).toBe(true);
    },
  );
});
