import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../cli.ts';
import { SAMPLE_DIRECTORY } from '../sample.ts';
import { checkSchema } from '../schemas/check.ts';
import { testIo } from '../test-io.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podpath-check-'));
  cpSync(SAMPLE_DIRECTORY, join(folder, 'shop'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = async (expectations: string, ...args: readonly string[]) => {
  writeFileSync(join(folder, 'e.yaml'), expectations);
  const io = testIo(folder);
  const code = await runCli(
    ['check', ...(args[0] === 'gone' ? [] : ['shop']), '--expect', 'e.yaml', ...args],
    io,
  );
  return { code, ...io.written };
};

const HOLDS = `expectations:
  - { from: shop/cart, to: data/cart-cache, port: 6379, expect: allowed }
  - { from: shop/cart, to: data/cart-cache, port: 6379, expect: allowed, plugin: calico }
  - { from: shop/catalogue, to: data/cart-cache, port: 6379, expect: denied }
  - { from: shop/catalogue, to: data/cart-cache, port: 6379, expect: denied, plugin: weave }
  - { from: shop/catalogue, to: data/cart-cache, port: 6379, expect: allowed, plugin: flannel }
  - { from: shop/frontend, to: 'svc:shop/cart', port: 80, expect: allowed, plugin: calico }
`;
const FAILS = `${HOLDS}  - { name: secrets, from: shop/search, to: data/orders-db, port: 5432, expect: allowed }\n`;
const NOBODY = `${FAILS}  - { from: shop/nobody, to: shop/cart, port: 1, expect: denied }\n`;

describe('podpath check', () => {
  it('exits with 0 when all is as expected', async () => {
    const { code, out } = await run(HOLDS);
    expect(out).toContain(
      'passed  shop/cart → data/cart-cache TCP 6379 is allowed under calico (e.yaml:3)\n',
    );
    expect(out).toContain('6 passed, 0 failed.');
    expect(code).toBe(0);
  });

  it('exits with 1 when something is not, and says what and why', async () => {
    const { code, out } = await run(FAILS);
    expect(code).toBe(1);
    expect(out).toContain(
      'FAILED  secrets (shop/search → data/orders-db TCP 5432 is allowed) (e.yaml:8)\n',
    );
    expect(out).toMatch(
      /egress {3}denied: isolated by NetworkPolicy shop\/\S+ \(shop\/policies-shop\.yaml:\d+\)/,
    );
  });

  it('exits with 2 when an expectation is about nobody, and checks the others all the same', async () => {
    const { code, out } = await run(NOBODY, '--json');
    expect(code).toBe(2);
    const { passed, failed, errors, results } = checkSchema.parse(JSON.parse(out));
    expect({ passed, failed, errors }).toEqual({ passed: 6, failed: 1, errors: 1 });
    expect(results[7]?.message).toContain('there is no such pod or workload');
  });

  it('writes a report to a file, and text to standard output', async () => {
    const { code, out, err } = await run(FAILS, '--format', 'junit', '--output', 'report.xml');
    expect(code).toBe(1);
    expect(out).toContain('6 passed, 1 failed.');
    expect(err).toContain('written: report.xml');
    expect(readFileSync(join(folder, 'report.xml'), 'utf8')).toContain('tests="7" failures="1"');
  });

  it.each(['json', 'junit', 'tap', 'sarif', 'text'])(
    'writes %s also when the input cannot be read',
    async (format) => {
      const { code, err } = await run(HOLDS, 'gone', '--format', format, '--output', 'report');
      expect(code).toBe(2);
      expect(err).toContain('gone: there is no such file');
      const report = readFileSync(join(folder, 'report'), 'utf8');
      expect(report).toContain('gone: there is no such file');
    },
  );

  it('writes it also when the expectations are none', async () => {
    const { code, out, err } = await run('expectations: []', '--json');
    expect(code).toBe(2);
    expect(err).toContain('expected a list of at least one');
    expect(checkSchema.parse(JSON.parse(out))).toMatchObject({
      results: [],
      failures: [expect.stringContaining('e.yaml:1:15')],
    });
  });

  it('wants a plugin for a Service', async () => {
    const { code, out } = await run(
      'expectations: [{ from: shop/cart, to: "svc:shop/cart", port: 80, expect: allowed }]',
    );
    expect(code).toBe(2);
    expect(out).toContain('policies are about pods, not about Services');
  });

  it('says where it cannot write', async () => {
    const { code, err } = await run(HOLDS, '--output', 'no/such/folder');
    expect(code).toBe(2);
    expect(err).toContain('--output: no/such/folder: cannot be written');
  });
});
