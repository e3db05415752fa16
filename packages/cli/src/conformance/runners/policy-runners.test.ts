import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CaseResult, Runner } from '../runner.ts';
import { netpolRunner } from './netpol.ts';
import { netpolValidationRunner } from './netpol-validation.ts';
import { npGuardRunner } from './np-guard.ts';
import { realRunner } from './real.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'podpath-vectors-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (name: string, content: unknown) => {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
};

const run = async (runner: Runner, name: string): Promise<readonly CaseResult[]> => {
  expect(runner.accepts(name)).toBe(true);
  const results: CaseResult[] = [];
  for await (const result of runner.run({ name, path: join(directory, name) }))
    results.push(result);
  return results;
};

const policy = (name: string, spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'x' },
  spec,
});

const world = {
  namespaces: [{ name: 'x', labels: {} }],
  nodes: [
    { name: 'n1', labels: {}, ips: ['192.168.0.1'] },
    { name: 'n2', labels: {}, ips: ['192.168.0.2'] },
  ],
  pods: ['a', 'b'].map((name, index) => ({
    ns: 'x',
    name,
    labels: { pod: name },
    node: 'n1',
    ips: [`10.0.0.${index + 1}`],
    ports: [
      { port: 80, protocol: 'TCP', name: 'web' },
      { port: 80, protocol: 'UDP', name: 'web' },
    ],
  })),
};

const closeA = policy('close', { podSelector: { matchLabels: { pod: 'a' } } });
const table = (rows: readonly string[]) => ({
  ports: [{ port: 80, protocol: 'TCP' }],
  pods: ['x/a', 'x/b'],
  rows,
});

describe('truth tables', () => {
  const file = (...cases: readonly object[]) =>
    write('netpol/mine.json', { kind: 'connectivity', worlds: { w: world }, cases });

  it('pass when every verdict, after every step, is as stated', async () => {
    file({
      id: 'steps',
      world: 'w',
      policies: [closeA],
      expect: [table(['-.', 'I-'])],
      probes: [
        { from: 'node:n1', to: 'x/a', port: 80, protocol: 'TCP', allowed: true },
        { from: 'ip:8.8.8.8', to: 'x/a', port: 80, protocol: 'TCP', allowed: false },
      ],
      steps: [
        {
          name: 'open',
          actions: [{ op: 'deletePolicy', kind: 'NetworkPolicy', namespace: 'x', name: 'close' }],
          expect: [table(['-.', '.-'])],
        },
        {
          name: 'close for one label, then take the label away',
          actions: [
            { op: 'createPolicy', policy: closeA },
            { op: 'setPodLabels', ns: 'x', name: 'a', labels: {} },
          ],
          expect: [table(['-.', '.-'])],
        },
        {
          name: 'a pod that has it comes',
          actions: [
            { op: 'createNamespace', name: 'y', labels: {} },
            { op: 'deletePod', ns: 'x', name: 'b' },
            { op: 'createPod', pod: { ...world.pods[0], name: 'b', ips: ['10.0.0.9'] } },
          ],
          expect: [table(['-X', '.-'])],
        },
      ],
    });
    expect(await run(netpolRunner, 'netpol/mine.json')).toEqual([
      { id: 'steps', outcome: 'passed' },
    ]);
  });

  it('fail with each wrong verdict', async () => {
    file({ id: 'wrong', world: 'w', policies: [closeA], expect: [table(['-E', '.-'])] });
    expect(await run(netpolRunner, 'netpol/mine.json')).toEqual([
      {
        id: 'wrong',
        outcome: 'failed',
        expected: 'x/a -> x/b TCP/80: E, x/b -> x/a TCP/80: .',
        got: '., I',
      },
    ]);
  });

  it('fail on a kind that is not read', async () => {
    const other = { apiVersion: 'x/v1', kind: 'OtherPolicy', metadata: { name: 'c' } };
    file({ id: 'other', world: 'w', policies: [closeA, other], expect: [] });
    expect(await run(netpolRunner, 'netpol/mine.json')).toMatchObject([
      { outcome: 'failed', got: expect.stringContaining('does not read x/v1 OtherPolicy') },
    ]);
  });

  it('take the answers of DNS', async () => {
    const guard = {
      apiVersion: 'policy.networking.k8s.io/v1alpha2',
      kind: 'ClusterNetworkPolicy',
      metadata: { name: 'c' },
      spec: {
        tier: 'Admin',
        priority: 1,
        subject: { namespaces: {} },
        egress: [
          { action: 'Accept', to: [{ domainNames: ['*.example.com'] }] },
          { action: 'Deny', to: [{ networks: ['0.0.0.0/0'] }] },
        ],
      },
    };
    const probe = (to: string, allowed: boolean) => ({
      from: 'x/a',
      to,
      port: 443,
      protocol: 'TCP',
      allowed,
    });
    file({
      id: 'dns',
      world: 'w',
      policies: [guard],
      dns: { 'www.example.com': ['203.0.113.5'] },
      probes: [probe('ip:203.0.113.5', true), probe('ip:203.0.113.6', false)],
    });
    expect(await run(netpolRunner, 'netpol/mine.json')).toEqual([{ id: 'dns', outcome: 'passed' }]);
  });

  it('fail on a pod that does not exist, and go on', async () => {
    const nobody = { from: 'x/nobody', to: 'x/a', port: 80, protocol: 'TCP', allowed: true };
    file(
      { id: 'nobody', world: 'w', probes: [nobody] },
      { id: 'next', world: 'w', expect: [table(['-.', '.-'])] },
    );
    expect(await run(netpolRunner, 'netpol/mine.json')).toMatchObject([
      { id: 'nobody', outcome: 'failed', got: expect.stringContaining('no pod x/nobody') },
      { id: 'next', outcome: 'passed' },
    ]);
  });

  it('are checked for being what they should be', async () => {
    write('netpol/mine.json', { kind: 'connectivity', cases: [{ id: 1 }] });
    await expect(run(netpolRunner, 'netpol/mine.json')).rejects.toThrow('netpol/mine.json: ');
  });
});

describe('validation', () => {
  it('holds fields, types and texts to what the API server says', async () => {
    const object = policy('p', { podSelector: {}, ingress: [{ ports: [{ port: 70000 }] }] });
    const field = 'spec.ingress[0].ports[0].port';
    write('netpol/validation.json', {
      kind: 'validation',
      cases: [
        { id: 'right', object, errors: [{ field, type: 'FieldValueInvalid', contains: '65535' }] },
        { id: 'too much', object, errors: [] },
        { id: 'too little', object, errors: [{ field: 'spec', type: 'FieldValueRequired' }] },
        {
          id: 'other kind',
          object: { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: {} },
          errors: [{ field: 'metadata.name', type: 'FieldValueRequired' }],
        },
      ],
    });
    expect(await run(netpolValidationRunner, 'netpol/validation.json')).toMatchObject([
      { id: 'right', outcome: 'passed' },
      { id: 'too much', outcome: 'failed', expected: '' },
      { id: 'too little', outcome: 'failed', expected: 'FieldValueRequired at spec' },
      { id: 'other kind', outcome: 'passed' },
    ]);
  });
});

const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'x' },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] },
    },
  },
});

const onlyFromWeb = policy('db', {
  podSelector: { matchLabels: { app: 'db' } },
  ingress: [
    {
      from: [{ podSelector: { matchLabels: { app: 'web' } } }, { ipBlock: { cidr: '10.0.0.0/8' } }],
      ports: [{ port: 80 }, { port: 443, endPort: 445 }],
    },
  ],
});

describe('real manifests', () => {
  it('are compared by workload', async () => {
    write('real/set/manifests/all.json', {
      apiVersion: 'v1',
      kind: 'List',
      items: [deployment('web'), deployment('db')],
    });
    write('real/set/policies/db.json', onlyFromWeb);
    const probe = (from: string, to: string, allowed: boolean) => ({
      from,
      to,
      port: 80,
      protocol: 'TCP',
      allowed,
    });
    write('real/set/expected.json', {
      cases: [
        {
          id: 'right',
          probes: [probe('x/web-0', 'x/db-0', true), probe('ip:8.8.8.8', 'x/db-0', false)],
        },
        { id: 'wrong', probes: [probe('x/web-0', 'x/db-0', false)] },
      ],
    });
    expect(await run(realRunner, 'real/set')).toEqual([
      { id: 'right', outcome: 'passed' },
      { id: 'wrong', outcome: 'failed', expected: 'x/web-0 -> x/db-0 TCP/80: X', got: '.' },
    ]);
  });
});

describe("np-guard's lists", () => {
  const set = (list: readonly string[], ...objects: readonly object[]) => {
    write('np-guard/set/manifests/all.json', { apiVersion: 'v1', kind: 'List', items: objects });
    write('np-guard/set/connlist.txt', list.join('\n'));
  };
  const lines = [
    '0.0.0.0-255.255.255.255[External] => x/web[Deployment] : All Connections',
    // A block that the policy names, in two neighbouring parts.
    '10.0.0.0-10.0.255.255[External] => x/db[Deployment] : TCP 80,443-445',
    '10.1.0.0-10.255.255.255[External] => x/db[Deployment] : TCP 80,443-445',
    'x/db[Deployment] => 0.0.0.0-255.255.255.255[External] : All Connections',
    'x/db[Deployment] => x/web[Deployment] : All Connections',
    'x/web[Deployment] => 0.0.0.0-255.255.255.255[External] : All Connections',
    'x/web[Deployment] => x/db[Deployment] : TCP 80,443-445',
    '{ingress-controller} => x/web[Deployment] : TCP 80',
  ];

  it('pass when both have the same pairs and connections', async () => {
    set(lines, deployment('web'), deployment('db'), onlyFromWeb);
    expect(await run(npGuardRunner, 'np-guard/set')).toEqual([
      { id: 'np-guard/set', outcome: 'passed' },
    ]);
  });

  it('fail with what only one of them has', async () => {
    set(
      [...lines.slice(0, -2), 'x/web[Deployment] => x/db[Deployment] : TCP 81'],
      deployment('web'),
      deployment('db'),
      onlyFromWeb,
    );
    expect(await run(npGuardRunner, 'np-guard/set')).toEqual([
      {
        id: 'np-guard/set',
        outcome: 'failed',
        expected: '1 lines that the other has not; x/web[Deployment] => x/db[Deployment] : TCP 81',
        got: '1 lines that the other has not; x/web[Deployment] => x/db[Deployment] : TCP 80,443-445',
      },
    ]);
  });

  it('are not for manifests that are refused', async () => {
    set([], policy('Bad Name', { podSelector: {} }));
    expect(await run(npGuardRunner, 'np-guard/set')).toMatchObject([
      { outcome: 'not-supported', reason: expect.stringContaining('refused (metadata.name: ') },
    ]);
  });
});
