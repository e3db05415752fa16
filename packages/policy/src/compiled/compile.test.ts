import { describe, expect, it } from 'vitest';
import {
  EVERYTHING,
  end,
  flow,
  ipBlock,
  labelled,
  testCluster,
  testPod,
  testPolicy,
  testRule,
} from '../test-cluster.ts';
import { compilePolicies } from './compile.ts';

const cluster = testCluster({
  pods: [
    testPod('shop/web-1', ['10.0.0.1', 'fd00::1'], { labels: { app: 'web', hash: '1' } }),
    testPod('shop/web-2', ['10.0.0.2', 'fd00::2'], { labels: { app: 'web', hash: '2' } }),
    testPod('shop/db', '10.0.0.3', { labels: { app: 'db' }, ports: ['sql=TCP/5432'] }),
    testPod('bank/db', '10.0.0.4', { labels: { app: 'db' }, node: 'node-2' }),
  ],
  policies: [
    testPolicy('shop/db', labelled({ app: 'db' }), {
      ingress: [
        testRule([{ podSelector: labelled({ app: 'web' }) }], [{ protocol: 'TCP', port: 'sql' }]),
        testRule([ipBlock('192.0.2.0/24')], [{ protocol: 'TCP', port: 8000, endPort: 8080 }]),
      ],
    }),
    testPolicy('bank/none', EVERYTHING),
  ],
});

describe('compiled policies', () => {
  const compiled = compilePolicies(cluster);

  it.each([
    ['shop/web-1 -> shop/db TCP/5432', true],
    ['shop/web-1 -> shop/db TCP/5433', false],
    ['shop/web-1 -> shop/db UDP/5432', false],
    ['bank/db -> shop/db TCP/5432', false],
    ['192.0.2.7 -> shop/db TCP/8040', true],
    ['192.0.3.7 -> shop/db TCP/8040', false],
    ['shop/db -> shop/web-2 ICMP', true],
    ['shop/web-1 -> bank/db TCP/80', false],
    ['node-2 -> bank/db TCP/80', true],
    ['node-1 -> bank/db TCP/80', false],
  ])('%s: %s', (question, allowed) => {
    expect(compiled.verdict(flow(question))).toBe(allowed);
  });

  it('folds pods that no policy tells apart', () => {
    const [first, second] = ['shop/web-1', 'shop/web-2'].map((name) =>
      compiled.endOf(end(name), 4),
    );
    expect(first).not.toBe(second);
    // In IPv4 the web pods, two databases, nodes, what is outside in the block and out of it; in IPv6 web, nodes, outside.
    expect(compiled.size).toMatchObject({ identities: 9 });
  });

  it('answers batches in the order in which they are asked', () => {
    const [web = 0, db = 0, bank = 0] = ['shop/web-1', 'shop/db', 'bank/db'].map((name) =>
      compiled.endOf(end(name), 4),
    );
    const { batch, out } = compiled.createBatch(4);
    batch.from.set([web, web, db, web]);
    batch.to.set([db, bank, web, 1 << 20]);
    batch.protocol.fill(6);
    batch.port.fill(5432);
    for (const kernel of ['js', 'wasm'] as const) {
      out.fill(7);
      compiled.verdicts(batch, out, kernel);
      expect([...out]).toEqual([1, 0, 1, 0]);
    }
  });

  it('refuses batches that are no batches', () => {
    const { batch, out } = compiled.createBatch(2);
    const short = { ...batch, port: new Uint16Array(1) };
    expect(() => compiled.verdicts(short, out)).toThrow('a batch has 2 sources and 1 ports');
    expect(() => compiled.verdicts(batch, new Uint8Array(1))).toThrow(
      '2 verdicts do not fit into an array of 1',
    );
  });

  it('has no number for what does not exist, or not in a family', () => {
    expect(compiled.endOf(end('shop/nobody'), 4)).toBeUndefined();
    expect(compiled.endOf(end('shop/db'), 6)).toBeUndefined();
    expect(() => compiled.verdict(flow('shop/web-1 -> shop/db TCP/80 v6'))).toThrow(
      'no IPv6 address at both ends',
    );
  });
});
