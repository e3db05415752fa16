import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../cli.ts';
import { testIo } from '../test-io.ts';

const MANIFEST = `
{ apiVersion: v1, kind: Node, metadata: { name: one } }
---
{ apiVersion: v1, kind: Node, metadata: { name: two } }
---
{ apiVersion: v1, kind: Pod, metadata: { namespace: shop, name: web }, spec: { nodeName: one } }
---
apiVersion: v1
kind: Pod
metadata: { namespace: shop, name: cart, labels: { app: cart } }
spec: { nodeName: two, containers: [{ name: main, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { namespace: shop, name: cart }
spec: { clusterIP: 10.96.0.10, selector: { app: cart }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { namespace: shop, name: cart }
spec: { podSelector: { matchLabels: { app: cart } }, ingress: [{ ports: [{ port: 8080 }] }] }
`;

interface Told {
  readonly outcome: string;
  readonly request: readonly { readonly steps: readonly { readonly kind: string }[] }[];
}

describe('podpath snapshot', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'podpath-snapshot-'));
    writeFileSync(join(folder, 'shop.yaml'), MANIFEST);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = async (...args: string[]) => {
    const io = testIo(folder);
    const code = await runCli(args, io);
    return { code, ...io.written };
  };

  const told = (text: string): Told => {
    const value: unknown = JSON.parse(text);
    return (Array.isArray(value) ? value[0] : value) as Told;
  };
  const kinds = ({ outcome, request }: Told) => ({
    outcome,
    steps: request.map(({ steps }) => steps.map(({ kind }) => kind)),
  });

  it.each(['calico', 'flannel'])(
    'writes a cluster of %s that a trace leads through the same way',
    async (plugin) => {
      const written = await run('snapshot', 'shop.yaml', '--plugin', plugin, '--output', 's');
      expect(written.code).toBe(0);
      expect(readdirSync(join(folder, 's')).sort()).toEqual(['one', 'two']);
      const flow = ['--port', '80', '--source-port', '41000', '--format', 'json'];
      const direct = await run(
        ...[
          'trace',
          'shop.yaml',
          '--plugin',
          plugin,
          '--from',
          'shop/web',
          '--to',
          'svc:shop/cart',
        ],
        ...flow,
      );
      const reloaded = await run(
        ...['trace', '--snapshot', 's', '--from', 'ns:one/web', '--to', '10.96.0.10'],
        ...flow,
      );
      expect(direct.code).toBe(0);
      expect(reloaded.code, reloaded.err).toBe(0);
      expect(told(direct.out).outcome).toBe('delivered');
      expect(kinds(told(reloaded.out))).toEqual(kinds(told(direct.out)));
    },
  );

  it('is of one plugin', async () => {
    const both = await run('snapshot', 'shop.yaml', '--plugin', 'calico,weave', '--output', 's');
    expect(both.code).toBe(2);
    expect(both.err).toContain('choose one plugin');
  });
});
