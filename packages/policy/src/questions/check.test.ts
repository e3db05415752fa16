import { describe, expect, it } from 'vitest';
import { testCluster, testPod } from '../test-cluster.ts';
import { createChecker, type Expectation } from './check.ts';
import { parseTarget } from './target.ts';
import { shop } from './test-shop.ts';

const check = (text: string, more: Partial<Pick<Expectation, 'family'>> = {}, cluster = shop) => {
  const [, from = '', to = '', protocol, port = '0', word] =
    /^(\S+) -> (\S+) (TCP|UDP|ICMP)(?:\/(\d+))? (allowed|denied)$/.exec(text) ?? [];
  if (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'ICMP') throw new Error(text);
  return createChecker(cluster).check({
    from: parseTarget(from, cluster),
    to: parseTarget(to, cluster),
    protocol,
    port: Number(port),
    allowed: word === 'allowed',
    ...more,
  });
};

describe('an expectation', () => {
  it.each([
    'shop/web -> shop/db TCP/5432 allowed',
    'shop/web -> shop/db TCP/5433 denied',
    'shop/web -> shop/web TCP/80 denied',
    'shop/db -> shop/web ICMP denied',
    '203.0.113.7 -> shop/web-1 TCP/80 allowed',
    '203.0.113.200 -> shop/web-1 TCP/80 denied',
    'shop/web-2 -> 198.51.100.1 UDP/53 allowed',
    'node:node-1 -> shop/db TCP/80 denied',
    'node:node-2 -> shop/db TCP/80 allowed',
  ])('holds: %s', (text) => {
    const { judged, against } = check(text);
    expect(against).toBeUndefined();
    expect(judged).toBeGreaterThan(0);
  });

  it('fails with a connection that is otherwise, and why', () => {
    expect(check('shop/db -> shop/web TCP/80 allowed').against).toMatchObject({
      from: { kind: 'pod', namespace: 'shop', name: 'db' },
      to: { kind: 'pod', namespace: 'shop', name: 'web-1' },
      family: 4,
      verdict: { allowed: false, ingress: { reason: 'denied-by-isolation' } },
    });
    // Its own node always reaches a pod: one of the two.
    expect(check('node:node-2 -> shop/web TCP/81 denied').against).toMatchObject({
      to: { name: 'web-2' },
      verdict: { ingress: { reason: 'exempt' } },
    });
  });

  it('says nothing where nobody can connect', () => {
    expect(check('shop/db -> shop/db TCP/80 denied')).toEqual({ judged: 0 });
    expect(check('shop/web -> shop/db TCP/80 denied', { family: 6 })).toEqual({ judged: 0 });
  });

  it('is about both families', () => {
    const cluster = testCluster({
      pods: [testPod('a/x', ['10.0.0.1', 'fd00::1']), testPod('a/y', ['10.0.0.2', 'fd00::2'])],
    });
    expect(check('a/x -> a/y TCP/80 allowed', {}, cluster)).toEqual({ judged: 2 });
    expect(check('a/x -> a/y TCP/80 allowed', { family: 6 }, cluster)).toEqual({ judged: 1 });
  });
});
