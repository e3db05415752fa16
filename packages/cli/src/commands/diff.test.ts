import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../cli.ts';
import { SAMPLE_DIRECTORY } from '../sample.ts';
import { diffSchema } from '../schemas/diff.ts';
import { testIo } from '../test-io.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podpath-diff-'));
  cpSync(SAMPLE_DIRECTORY, join(folder, 'old'), { recursive: true });
  cpSync(SAMPLE_DIRECTORY, join(folder, 'new'), { recursive: true });
  const file = join(folder, 'new', 'policies-data.yaml');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('port: 6379', 'port: 6379\n          endPort: 6380'),
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = async (...args: readonly string[]) => {
  const io = testIo(folder);
  const code = await runCli(['diff', ...args], io);
  return { code, ...io.written };
};

describe('podpath diff', () => {
  it('finds no difference between the same', async () => {
    const { code, out } = await run('old', 'old', '--fail-on-widening');
    expect({ code, out }).toEqual({ code: 0, out: 'Whoever is in both may connect as before.\n' });
  });

  it('does not count what another policy still denies', async () => {
    // The cart may send to 6379 only.
    expect((await run('old', 'new', '--fail-on-widening')).code).toBe(0);
  });

  it('tells what is gained, with 1 when asked to; the other way round it is lost', async () => {
    rmSync(join(folder, 'new', 'policies-shop.yaml'));
    expect((await run('old', 'new')).code).toBe(0);
    const { code, out } = await run('old', 'new', '--fail-on-widening');
    expect(code).toBe(1);
    expect(out).toMatch(/^Gained\n\+ /);
    expect(out).toMatch(
      /egress before: isolated by NetworkPolicy shop\/\S+ \(old\/policies-shop\.yaml:\d+\)/,
    );
    const back = await run('new', 'old', '--fail-on-widening');
    expect(back.code).toBe(0);
    expect(back.out).toMatch(/^Lost\n- /);
    const json = diffSchema.parse(JSON.parse((await run('old', 'new', '--json')).out));
    expect(json.gained.length).toBeGreaterThan(0);
    expect(json.lost).toEqual([]);
  });

  it('names workloads that are in one only', async () => {
    rmSync(join(folder, 'new', 'dns.yaml'));
    expect((await run('old', 'new')).out).toContain(
      'Workloads that are gone: kube-system/coredns (Deployment).\n',
    );
  });

  it.each([
    [['old'], /missing required argument 'after'/],
    [['old', 'gone'], /gone: there is no such file/],
    [['-', '-'], /standard input can be read once only/],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
