import type { NetworkPolicyPort } from '@podpath/cluster';
import { describe, expect, it } from 'vitest';
import { createEvaluator } from '../evaluator.ts';
import {
  EVERYTHING,
  flow,
  labelled,
  testCluster,
  testNamespace,
  testPod,
  testPolicy,
  testRule,
} from '../test-cluster.ts';
import { translateNetworkPolicy } from '../translate-network-policy.ts';
import { refOf } from '../verdict.ts';
import type { PolicyChange } from './changes.ts';
import { compilePolicies } from './compile.ts';

const http: NetworkPolicyPort = { protocol: 'TCP', port: 'http' };

const cluster = testCluster({
  namespaces: [testNamespace('a'), testNamespace('b', { team: 'x' })],
  pods: [
    testPod('a/web', '10.0.0.1', { ports: ['http=TCP/80'] }),
    testPod('b/one', '10.0.1.1', { ports: ['http=TCP/8080'] }),
    testPod('b/two', '10.0.1.2'),
    testPod('c/far', '10.0.2.1'),
  ],
  policies: [
    testPolicy('a/from-x', EVERYTHING, {
      ingress: [testRule([{ namespaceSelector: labelled({ team: 'x' }) }])],
    }),
    testPolicy('c/to-http', EVERYTHING, { types: ['Egress'], egress: [testRule([], [http])] }),
  ],
});

/** What is allowed before and after a change. */
const tried = (change: PolicyChange, question: string): readonly boolean[] => {
  const compiled = compilePolicies(cluster);
  const before = compiled.verdict(flow(question));
  compiled.update(change);
  return [before, compiled.verdict(flow(question))];
};

const policyOf = (...given: Parameters<typeof testPolicy>): PolicyChange => {
  const policy = testPolicy(...given);
  return {
    kind: 'policy',
    tier: 'NetworkPolicy',
    policy: translateNetworkPolicy(policy, refOf(policy)),
  };
};

describe('tables follow', () => {
  it('labels of namespaces', () => {
    const question = 'b/one -> a/web TCP/80';
    const name = 'kubernetes.io/metadata.name';
    const relabel = (namespace: string, team: string): PolicyChange => ({
      kind: 'namespace',
      name: namespace,
      labels: { team, [name]: namespace },
    });
    expect(tried(relabel('b', 'y'), question)).toEqual([true, false]);
    expect(tried(relabel('c', 'x'), 'c/far -> a/web TCP/80')).toEqual([false, true]);
  });

  it('pods that declare a port by a name that rules use', () => {
    const pod = testPod('b/two', '10.0.1.2', { ports: ['http=TCP/9000'] });
    expect(tried({ kind: 'pod', pod }, 'c/far -> b/two TCP/9000')).toEqual([false, true]);
  });

  it('labels that nobody has read before, where a policy comes that does', () => {
    const change = policyOf('b/two', labelled({ app: 'two' }));
    expect(tried(change, 'a/web -> b/two TCP/80')).toEqual([true, false]);
    expect(tried(change, 'a/web -> b/one TCP/80')).toEqual([true, true]);
  });

  it('policies that change and that go', () => {
    const question = 'c/far -> a/web TCP/80';
    const open = policyOf('a/from-x', EVERYTHING, { ingress: [testRule()] });
    expect(tried(open, question)).toEqual([false, true]);
    const ref = { kind: 'NetworkPolicy', namespace: 'a', name: 'from-x' };
    expect(tried({ kind: 'policy removed', tier: 'NetworkPolicy', ref }, question)).toEqual([
      false,
      true,
    ]);
  });

  it('pods that go: their addresses are outside then', () => {
    const compiled = compilePolicies(cluster);
    const question = flow('10.0.1.1 -> a/web TCP/80');
    expect(compiled.verdict(question)).toBe(true);
    compiled.update({ kind: 'pod removed', namespace: 'b', name: 'one' });
    expect(compiled.verdict(question)).toBe(false);
    expect(compiled.endOf({ kind: 'pod', namespace: 'b', name: 'one' }, 4)).toBeUndefined();
  });
});

it('what is to be removed and is not there is refused', () => {
  const compiled = compilePolicies(cluster);
  expect(() => compiled.update({ kind: 'pod removed', namespace: 'a', name: 'x' })).toThrow(
    'there is no pod a/x to remove',
  );
  const ref = { kind: 'NetworkPolicy', namespace: 'a', name: 'x' };
  expect(() => compiled.update({ kind: 'policy removed', tier: 'NetworkPolicy', ref })).toThrow(
    'there is no NetworkPolicy a/x in tier NetworkPolicy to remove',
  );
  expect(() => compiled.update({ kind: 'policy removed', tier: 'none', ref })).toThrow(
    'there is no tier none; there are Admin, NetworkPolicy, Baseline',
  );
  expect(() => compiled.update({ kind: 'set removed', name: 'x' })).toThrow(
    'there is no network set x to remove',
  );
});

it('labels that come and go leave nothing behind', () => {
  const compiled = compilePolicies(cluster);
  compiled.update(policyOf('b/each', labelled({ app: 'pod-7' })));
  const podOf = (turn: number) =>
    testPod('b/two', '10.0.1.2', { labels: { app: `pod-${turn}`, team: `${turn % 7}` } });
  for (let turn = 0; turn < 20_000; turn++) compiled.update({ kind: 'pod', pod: podOf(turn) });
  expect(compiled.size.identities).toBeLessThan(5_000);
  for (const turn of [7, 8]) {
    const pod = podOf(turn);
    compiled.update({ kind: 'pod', pod });
    expect(compiled.verdict(flow('c/far -> b/two TCP/80'))).toBe(false);
    expect(compiled.verdict(flow('a/web -> b/two TCP/80'))).toBe(turn === 8);
    const pods = new Map(cluster.pods).set('b/two', pod);
    expect(
      createEvaluator({ ...cluster, pods }).verdict(flow('b/two -> a/web TCP/80')).allowed,
    ).toBe(compiled.verdict(flow('b/two -> a/web TCP/80')));
  }
});
