import { describe, expect, it } from 'vitest';
import { runCli } from '../cli.ts';
import { SAMPLE_DIRECTORY } from '../sample.ts';
import { matrixSchema } from '../schemas/matrix.ts';
import { testIo } from '../test-io.ts';

const run = async (...args: readonly string[]) => {
  const io = testIo(SAMPLE_DIRECTORY);
  const code = await runCli(['matrix', '.', ...args], io);
  return { code, ...io.written };
};

describe('podpath matrix, by the policies', () => {
  it('shows rows and columns that one asks for', async () => {
    const { code, out } = await run('--from', 'shop/cart,nodes', '--to', 'data');
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+ shop\/cart \(Deployment\) a X X X$/m);
    expect(out).toContain('\na TCP 6379\n');
    expect(out).toContain('A pod and its own node always reach each other.');
  });

  it('gives JSON that fits its schema, all of it and a part', async () => {
    for (const args of [[], ['--from', 'shop', '--port', '53', '--protocol', 'udp']]) {
      const { code, out } = await run('--json', ...args);
      expect(code).toBe(0);
      const json = matrixSchema.parse(JSON.parse(out));
      expect(json.rows.length).toBe(json.from.length);
      expect(json.rows.length).toBeGreaterThan(5);
    }
  });

  it('gives Markdown and a chart', async () => {
    const table = await run('--from', 'shop/cart', '--format', 'markdown');
    expect(table.out).toContain(
      '| shop/cart (Deployment) | data/cart-cache (StatefulSet) | TCP 6379 |',
    );
    const chart = await run('--from', 'shop/cart', '--format', 'mermaid');
    expect(chart.out).toMatch(/^flowchart LR\n {2}subgraph/);
  });

  it.each([
    [['--from', 'shpo'], /'shpo' is nobody here; expected NAMESPACE, NAMESPACE\/WORKLOAD/],
    [['--to', 'outside:1.2'], /'1.2' is no IP address/],
    [['--port', '0'], /--port: '0'; expected a number from 1 to 65535/],
    [['--port', '8', '--protocol', 'icmp'], /--port: ICMP has no ports/],
    [['--plugin', 'weave', '--from', 'shop'], /leave --plugin out/],
    [['--plugin', 'weave', '--format', 'mermaid'], /--format mermaid shows what policies say/],
  ])('refuses %j', async (args, message) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });
});
