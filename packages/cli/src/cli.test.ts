import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';
import { SAMPLE_DIRECTORY } from './sample.ts';
import { testIo } from './test-io.ts';

const SHOP = `
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { nodeName: node-1, containers: [{ name: main, ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: db, namespace: shop, labels: { app: db } }
spec: { nodeName: node-2, containers: [{ name: main, ports: [{ containerPort: 5432 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { selector: { app: db }, ports: [{ port: 5432 }] }
---
apiVersion: v1
kind: Node
metadata: { name: node-1 }
---
apiVersion: v1
kind: Node
metadata: { name: node-2 }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 5432 }] }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec: { podSelector: { matchLabels: { app: web } } }
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podpath-cli-'));
  writeFileSync(join(folder, 'shop.yaml'), SHOP);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(args: readonly string[], stdin?: string) {
  const io = testIo(folder, stdin);
  const code = await runCli(args, io);
  return { code, ...io.written };
}

const flow = ['--from', 'shop/web', '--to', 'shop/db', '--port', '5432'];

describe('podpath trace', () => {
  it('shows each plugin’s way, and what policy says', async () => {
    const { code, out } = await run(['trace', 'shop.yaml', ...flow]);
    expect(code).toBe(0);
    for (const title of ['Calico', 'Flannel', 'Weave Net']) {
      expect(out).toContain(`${title}: shop/web → shop/db TCP 5432: delivered`);
    }
    expect(out).toContain('by NetworkPolicy shop/db ingress[0] (shop.yaml:');
    for (const named of ['vxlan.calico', 'flannel.1', 'vethwe-bridge', 'cali-tw-', 'WEAVE-NPC']) {
      expect(out).toContain(named);
    }
  });

  it('says what drops a packet, and that Flannel enforces nothing', async () => {
    const { out } = await run([
      'trace',
      'shop.yaml',
      '--from',
      'shop/db',
      '--to',
      'shop/web',
      '--port',
      '80',
    ]);
    expect(out).toContain('Calico: shop/db → shop/web TCP 80: dropped');
    expect(out).toContain('Weave Net: shop/db → shop/web TCP 80: dropped');
    expect(out).toContain('Flannel: shop/db → shop/web TCP 80: delivered');
    expect(out).toContain('Flannel enforces no NetworkPolicy');
    expect(out).toContain('denied');
  });

  it('draws what policies say', async () => {
    const { out } = await run(['trace', 'shop.yaml', ...flow, '--format', 'mermaid']);
    expect(out).toMatch(/^flowchart LR\n {2}source\(\["shop\/web"\]\)\n/);
    expect(out).toContain('by NetworkPolicy shop/db ingress[0] (shop.yaml:');
  });

  it('follows a Service to its pod', async () => {
    const { out } = await run([
      'trace',
      'shop.yaml',
      '--from',
      'shop/web',
      '--to',
      'svc:shop/db',
      '--port',
      '5432',
      '--plugin',
      'calico',
    ]);
    expect(out).toContain('KUBE-SVC-');
    expect(out).toMatch(/nat +destination 10\.96\.\S+:5432 → \S+:5432/);
  });

  it('gives JSON', async () => {
    const { out } = await run([
      'trace',
      'shop.yaml',
      ...flow,
      '--plugin',
      'calico',
      '--format',
      'json',
    ]);
    const [trace] = JSON.parse(out);
    expect(trace).toMatchObject({
      plugin: 'calico',
      outcome: 'delivered',
      servedBy: 'shop/db',
      verdict: { allowed: true },
    });
    expect(trace.request.map((hop: { namespace: string }) => hop.namespace)).toEqual([
      'pod/shop/web',
      'node/node-1',
      'underlay',
      'node/node-2',
      'pod/shop/db',
    ]);
  });

  it.each(['calico', 'flannel', 'weave'])(
    'writes a capture of %s that tshark finds no fault with',
    async (plugin) => {
      const { code, err } = await run([
        'trace',
        'shop.yaml',
        ...flow,
        '--plugin',
        plugin,
        '--format',
        'pcapng',
        '--output',
        'way.pcapng',
      ]);
      expect(code).toBe(0);
      expect(err).toContain('written: way.pcapng');
      const file = join(folder, 'way.pcapng');
      expect([...readFileSync(file).subarray(0, 4)]).toEqual([0x0a, 0x0d, 0x0d, 0x0a]);
      const { found, faults } = dissect(file);
      if (found === undefined) {
        console.log('captures are not dissected: tshark is not installed');
        return;
      }
      expect(found).toBeGreaterThan(5);
      expect(faults).toEqual([]);
    },
  );

  it('reads a live cluster’s dump from standard input', async () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'a' },
          spec: { containers: [{ name: 'm', ports: [{ containerPort: 80 }] }] },
        },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'b' },
          spec: { containers: [{ name: 'm' }] },
        },
      ],
    };
    const { out, err } = await run(
      ['trace', '-', '--from', 'b', '--to', 'a', '--port', '80', '--plugin', 'flannel'],
      JSON.stringify(list),
    );
    expect(out).toContain('default/b → default/a TCP 80: delivered');
    expect(err).toContain('note: The input has no Node objects');
  });
});

/** Frames that tshark reads as TCP, in tunnels or not, and what it finds wrong with any frame. */
function dissect(file: string): { found?: number; faults: readonly string[] } {
  const checks = ['ip', 'tcp', 'udp'].flatMap((protocol) => [
    '-o',
    `${protocol}.check_checksum:TRUE`,
  ]);
  const tunnels = [8472, 6784].flatMap((port) => ['-d', `udp.port==${port},vxlan`]);
  const read = (filter: string) =>
    spawnSync('tshark', ['-r', file, ...checks, ...tunnels, '-Y', filter], { encoding: 'utf8' });
  const frames = read('tcp');
  if (frames.error !== undefined) return { faults: [] };
  const wrong = read(
    '_ws.malformed or ip.checksum.status==0 or tcp.checksum.status==0 or udp.checksum.status==0',
  );
  const lines = (text: string): readonly string[] => text.split('\n').filter(Boolean);
  return { found: lines(frames.stdout).length, faults: lines(wrong.stdout) };
}

describe('podpath matrix', () => {
  it('shows what the policies say', async () => {
    const { code, out } = await run(['matrix', 'shop.yaml']);
    expect(code).toBe(0);
    expect(out).toContain('TCP 5432');
  });

  it('shows what a plugin does, with a letter for who closes', async () => {
    const { out } = await run(['matrix', 'shop.yaml', '--plugin', 'weave']);
    const rows = out.split('\n').filter((line) => line.startsWith('shop/'));
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ['shop/web', '.', '-'],
      ['shop/db', '-', 'I'],
    ]);
  });

  it('says that Flannel enforces nothing', async () => {
    const { out, err } = await run(['matrix', 'shop.yaml', '--plugin', 'flannel']);
    expect(out).not.toContain(' I\n');
    expect(err).toContain('Flannel enforces no NetworkPolicy');
  });
});

describe('podpath compare', () => {
  it('counts what is open under each plugin', async () => {
    const { code, out } = await run(['compare', 'shop.yaml']);
    expect(code).toBe(0);
    expect(out).toMatch(/Calico +1 of 2 +2 of 2/);
    expect(out).toMatch(/Flannel +2 of 2 +enforces none/);
    expect(out).toMatch(/Weave Net +1 of 2 +2 of 2/);
  });

  it('gives JSON and Markdown', async () => {
    const json = await run(['compare', 'shop.yaml', '--format', 'json']);
    expect(JSON.parse(json.out)).toMatchObject({ cluster: { pods: 2, networkPolicies: 2 } });
    const markdown = await run(['compare', 'shop.yaml', '--format', 'markdown']);
    expect(markdown.out).toContain('| Calico | 1 of 2 |');
  });

  it('understands the sample, all of it', async () => {
    const { code, out, err } = await run(['compare', SAMPLE_DIRECTORY]);
    expect(code).toBe(0);
    expect(err).not.toContain('not read');
    expect(out).toMatch(/Flannel +(\d+) of \1 +enforces none/);
  });
});

describe('podpath report', () => {
  it('writes pages and the data behind them', async () => {
    const { code, out } = await run(['report', 'shop.yaml', '--out', 'pages']);
    expect(code).toBe(0);
    for (const name of ['report.html', 'report.md', 'comparison.json'])
      expect(out).toContain(join(folder, 'pages', name));
    expect(readFileSync(join(folder, 'pages', 'report.html'), 'utf8')).toContain('<!doctype html>');
  });
});

describe('a user’s mistake', () => {
  const cases: readonly [string, readonly string[], RegExp][] = [
    ['no command', [], /Usage: podpath/],
    ['an unknown command', ['trance'], /unknown command 'trance'/],
    [
      'a missing option',
      ['trace', 'shop.yaml', '--from', 'shop/web'],
      /required option '--to <end>'/,
    ],
    [
      'an unknown plugin',
      ['trace', 'shop.yaml', ...flow, '--plugin', 'cilium'],
      /no plugin 'cilium'; expected any of calico, flannel, weave/,
    ],
    [
      'a plugin named twice',
      ['trace', 'shop.yaml', ...flow, '--plugin', 'calico,calico'],
      /names a plugin twice/,
    ],
    [
      'a port that is none',
      ['trace', 'shop.yaml', '--from', 'shop/web', '--to', 'shop/db', '--port', '70000'],
      /--port: '70000'; expected a number from 1 to 65535/,
    ],
    [
      'a missing port',
      ['trace', 'shop.yaml', '--from', 'shop/web', '--to', 'shop/db'],
      /--port is missing; TCP needs one/,
    ],
    [
      'an unknown protocol',
      ['trace', 'shop.yaml', ...flow, '--protocol', 'dccp'],
      /--protocol: 'dccp'; expected tcp, udp, sctp, icmp/,
    ],
    [
      'a misspelt pod',
      ['trace', 'shop.yaml', '--from', 'shop/webb', '--to', 'shop/db', '--port', '80'],
      /shop\/webb.*did you mean.*shop\/web/s,
    ],
    [
      'a capture of several plugins',
      ['trace', 'shop.yaml', ...flow, '--format', 'pcapng'],
      /choose one plugin/,
    ],
    ['a file that is not there', ['matrix', 'gone.yaml'], /gone\.yaml: there is no such file/],
    [
      'a matrix of two plugins',
      ['matrix', 'shop.yaml', '--plugin', 'calico,weave'],
      /a matrix is of one plugin/,
    ],
    ['no nodes at all', ['matrix', 'shop.yaml', '--nodes', '0'], /--nodes: '0' is no count/],
    ['a report of nothing', ['report'], /report of what\?/],
    [
      'results that are not there',
      ['report', '--results', 'gone.json'],
      /gone\.json: cannot be read/,
    ],
    [
      'families that do not exist',
      ['matrix', 'shop.yaml', '--families', '5'],
      /--families: '5'; expected 4, 6, or 4,6/,
    ],
  ];
  it.each(cases)('%s: says what is wrong and returns 2', async (_, args, message) => {
    const { code, out, err } = await run(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(out).toBe('');
    expect(err).not.toMatch(/^ {4}at /m);
  });

  it('in a manifest: names file, line and field', async () => {
    writeFileSync(
      join(folder, 'bad.yaml'),
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x}\nspec:\n  podSelector: {}\n  ingress:\n  - ports:\n    - port: 80\n      endPort: 70\n',
    );
    const { code, err } = await run(['matrix', 'bad.yaml']);
    expect(code).toBe(2);
    expect(err).toMatch(/bad\.yaml:9:\d+ .*spec\.ingress\[0\]\.ports\[0\]\.endPort/);
  });

  it('in plugin options: names the plugin and the field', async () => {
    writeFileSync(join(folder, 'options.yaml'), 'calico: { noSuchOption: 1 }\n');
    const { code, err } = await run(['compare', 'shop.yaml', '--plugin-options', 'options.yaml']);
    expect(code).toBe(2);
    expect(err).toMatch(/calico: noSuchOption/);
  });

  it('in the options file: an unknown plugin', async () => {
    writeFileSync(join(folder, 'options.yaml'), 'cilium: {}\n');
    const { code, err } = await run(['compare', 'shop.yaml', '--plugin-options', 'options.yaml']);
    expect(code).toBe(2);
    expect(err).toContain('options.yaml: cilium: no such plugin');
  });
});

describe('help', () => {
  it('is no mistake', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const command of ['trace', 'matrix', 'compare', 'bench', 'report', 'start'])
      expect(out).toContain(command);
    expect(out).toContain('Exit codes');
  });

  it('of a command lists its options', async () => {
    const { code, out } = await run(['trace', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('--format');
  });
});
