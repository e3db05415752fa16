import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../cli.ts';
import { lintSchema } from '../schemas/lint.ts';
import { sarifSchema } from '../schemas/sarif.ts';
import { testIo } from '../test-io.ts';

const SHOP = `
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: main, ports: [{ name: http, containerPort: 80 }] }] }
---
apiVersion: v1
kind: Node
metadata: { name: node-1 }
status: { addresses: [{ type: InternalIP, address: 192.168.0.1 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: { matchLabels: { app: web } }
  policyTypes: [Egress]
  ingress:
    - ports: [{ port: 81 }]
  egress:
    - to: [{ namespaceSelector: {} }]
      ports: [{ port: 8000, endPort: 8010 }]
    - to: [{ namespaceSelector: {}, podSelector: {} }]
      ports: [{ port: http }]
    - to: [{ ipBlock: { cidr: 'fd00::/64' } }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: typo, namespace: shop }
spec:
  podSelector: { matchLabels: { app: wep } }
  ingress:
    - from: [{ ipBlock: { cidr: 192.168.0.0/30 } }]
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: admins }
spec:
  tier: Admin
  priority: 1
  subject: { namespaces: {} }
  egress:
    - action: Deny
      to: [{ nodes: {} }]
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podpath-lint-'));
  writeFileSync(join(folder, 'shop.yaml'), SHOP);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = async (...args: readonly string[]) => {
  const io = testIo(folder);
  const code = await runCli(['lint', 'shop.yaml', ...args], io);
  return { code, ...io.written };
};

const idsOf = (out: string) => [...out.matchAll(/\[([^\]\s]+)\]$/gm)].map(([, id]) => id);

describe('podpath lint', () => {
  it('tells what is odd, and where', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toContain(
      "shop.yaml:19:7: warning: NetworkPolicy shop/web ingress[0] has no effect: the policy's types leave ingress out [rule-inert]\n",
    );
    expect(out).toContain(
      'warning: NetworkPolicy shop/typo selects nobody [policy-selects-nobody]\n',
    );
    expect(out.trimEnd().split('\n').at(-1)).toBe('0 error, 2 warning, 0 info');
  });

  it('adds what plugins do not do, or do otherwise', async () => {
    const weave = await run('--plugin', 'weave');
    expect(weave.code).toBe(1);
    expect(idsOf(weave.out).filter((id) => id?.includes('/'))).toEqual([
      'weave/unlisted-type-rules-apply',
      'weave/end-port-ignored',
      'weave/named-ports-reject-policy',
      'weave/selector-name-clash',
      'weave/ipv6-unsupported',
      'weave/node-source-is-tunnel-address',
      'weave/cluster-policies-ignored',
    ]);
    const calico = await run('--plugin', 'calico');
    expect(idsOf(calico.out).filter((id) => id?.includes('/'))).toEqual([
      'calico/pod-to-own-node-policed',
      'calico/node-source-is-tunnel-address',
      'calico/cluster-policies-fail-closed',
    ]);
    const flannel = await run('--plugin', 'flannel');
    expect(idsOf(flannel.out).filter((id) => id === 'flannel/policies-ignored').length).toBe(3);
  });

  it.each([
    ['info', 1],
    ['warning', 1],
    ['error', 0],
    ['never', 0],
  ])('--fail-on %s exits with %i', async (severity, code) => {
    expect((await run('--fail-on', severity)).code).toBe(code);
  });

  it('gives JSON that fits its schema', async () => {
    const { findings } = lintSchema.parse(
      JSON.parse((await run('--json', '--plugin', 'weave')).out),
    );
    expect(findings.length).toBe(9);
  });

  it('gives SARIF, in a file when one asks for it', async () => {
    const { out, err } = await run('--format', 'sarif', '--output', 'lint.sarif');
    expect(out).toBe('');
    expect(err).toContain('written: lint.sarif');
    const log = sarifSchema.parse(JSON.parse(readFileSync(join(folder, 'lint.sarif'), 'utf8')));
    expect(log.runs[0]?.results[0]).toMatchObject({
      ruleId: 'rule-inert',
      level: 'warning',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'shop.yaml' } } }],
    });
  });

  it('says that nothing is odd', async () => {
    writeFileSync(join(folder, 'shop.yaml'), SHOP.split('---').slice(0, 2).join('---'));
    expect((await run()).out).toBe('Nothing is odd.\n');
  });
});
