import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError, type Verification, type VerifiedFlow } from '@podpath/lab';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../io.ts';
import { testIo } from '../test-io.ts';
import { type Verify, type VerifyCommandOptions, verify } from './verify.ts';

const flow: VerifiedFlow = {
  kind: 'pod to pod',
  flow: {
    from: { kind: 'pod', namespace: 'shop', name: 'web' },
    to: { kind: 'pod', namespace: 'shop', name: 'db' },
    protocol: 'TCP',
    port: 5432,
    family: 4,
  },
  policy: 'allowed',
  outcome: { kernel: 'answer of 0 bytes', emulated: 'answer of 0 bytes' },
  path: ['pod/shop/web eth0 out', 'node/node-1 veth1 in'],
  comparedBytes: 148,
  differences: [],
};

const difference = { what: 'frame 1 out node/a eth0: ip.ttl', kernel: '63', emulated: '64' };

const same: Verification = {
  schema: 'podpath-verification/1',
  seed: 1,
  kernel: {
    release: '6.18.0',
    lacks: [{ group: 'device', name: 'dummy', said: 'Unknown device type', instead: 'a veth' }],
  },
  cluster: { nodes: 2, pods: 3, services: 1, networkPolicies: 0 },
  leftOut: [],
  plugins: [
    {
      plugin: 'calico',
      title: 'Calico',
      built: { namespaces: 7, commands: 300 },
      refusals: [],
      flows: [flow],
      tables: [],
      rules: { compared: 200, hit: 50 },
      leftOut: ['9 of 10 possible flows were not chosen'],
    },
  ],
  notVerified: [],
};

const differing = (what: 'flows' | 'tables' | 'refusals'): Verification => ({
  ...same,
  plugins: same.plugins.map((plugin) => ({
    ...plugin,
    ...(what === 'flows'
      ? { flows: [{ ...flow, differences: [difference] }] }
      : { [what]: [difference] }),
  })),
});

const OPTIONS: VerifyCommandOptions = { plugin: 'all', seed: '1', flows: '100' };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podpath-verify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(result: Verification | Error, options: Partial<VerifyCommandOptions> = {}) {
  const io = testIo(folder);
  const asked: Parameters<Verify>[] = [];
  const fake: Verify = (...args) => {
    asked.push(args);
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  };
  const code = await verify([], { ...OPTIONS, ...options }, io, fake);
  return { code, asked, ...io.written };
}

describe('podpath verify', () => {
  it('verifies the sample under all plugins when it is told nothing', async () => {
    const { asked, code } = await run(same);
    const [[cluster, choices, options] = []] = asked;
    expect(code).toBe(0);
    expect(cluster?.pods.size).toBeGreaterThan(20);
    expect(choices?.map(({ plugin }) => plugin.name)).toEqual(['calico', 'flannel', 'weave']);
    expect(options).toMatchObject({ seed: 1, flows: 100 });
  });

  it('takes plugins, a seed and a number of flows', async () => {
    const { asked } = await run(same, { plugin: 'weave', seed: '7', flows: '12' });
    const [[, choices, options] = []] = asked;
    expect(choices?.map(({ plugin }) => plugin.name)).toEqual(['weave']);
    expect(options).toMatchObject({ seed: 7, flows: 12 });
  });

  it('prints every flow, what was left out, and what the kernel lacks', async () => {
    const { out } = await run(same);
    expect(out).toContain('Calico: 1 flows, 1 the same, 0 different');
    expect(out).toMatch(/shop\/web → shop\/db +TCP 5432 +v4 +allowed +answer of 0 bytes +2 +148/);
    expect(out).toContain('left out: 9 of 10 possible flows were not chosen');
    expect(out).toContain('device dummy: a veth');
    expect(out).toContain('The emulator does what this kernel does.');
  });

  it.each(['flows', 'tables', 'refusals'] as const)(
    'exits with 1 and prints both sides when %s differ',
    async (what) => {
      const { code, out } = await run(differing(what));
      expect(code).toBe(1);
      expect(out).toContain(`${difference.what}\n    kernel:   63\n    emulated: 64`);
      expect(out).toContain('1 DIFFERENCES between this kernel and the emulator.');
    },
  );

  it('exits with 2 and the reason where there is no lab', async () => {
    const { code, err, out } = await run(new LabError('real namespaces need root'));
    expect(code).toBe(2);
    expect(err).toContain('podpath: no verification: real namespaces need root\n');
    expect(out).toBe('');
  });

  it('exits with 2 when no plugin could be verified', async () => {
    const reason = 'no device vxlan';
    const { code, out } = await run({
      ...same,
      plugins: [],
      notVerified: [{ plugin: 'calico', title: 'Calico', reason }],
    });
    expect(code).toBe(2);
    expect(out).toContain('Calico is not verified: this kernel has no device vxlan.');
  });

  it('writes JSON with the ends of flows as text', async () => {
    const { out } = await run(same, { json: 'result.json' });
    const json = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
    expect(json.schema).toBe('podpath-verification/1');
    expect(json.plugins[0].flows[0]).toEqual({
      kind: 'pod to pod',
      from: 'shop/web',
      to: 'shop/db',
      protocol: 'TCP',
      port: 5432,
      family: 4,
      policy: 'allowed',
      outcome: { kernel: 'answer of 0 bytes', emulated: 'answer of 0 bytes' },
      path: ['pod/shop/web eth0 out', 'node/node-1 veth1 in'],
      comparedBytes: 148,
      differences: [],
    });
    expect(out).toContain('Calico: 1 flows');
  });

  it('prints nothing but JSON when that goes to standard output', async () => {
    const { out } = await run(same, { json: '-' });
    expect(JSON.parse(out)).toMatchObject({ seed: 1 });
  });

  it.each([
    [{ plugin: 'cilium' }, /--plugin: there is no plugin 'cilium'/],
    [{ seed: '-1' }, /--seed: '-1'; expected a whole number/],
    [{ flows: '0' }, /--flows: '0' is no count/],
    [{ flows: '6000' }, /--flows: '6000'; expected at most 5000/],
  ])('refuses %o', async (options, message) => {
    const attempt = run(same, options);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
  });
});
