import { describe, expect, it } from 'vitest';
import { createEvaluator } from './evaluator.ts';
import { EVERYTHING, labelIs } from './label-expression.ts';
import { EMPTY_MODEL, type Policy, type PolicyModel, type Rule } from './model.ts';
import { NAMESPACE } from './scoped-labels.ts';
import { flow, testCluster, testPod } from './test-cluster.ts';
import type { Direction } from './verdict.ts';

// The order of evaluation that cluster-scoped policies need: admin tier, NetworkPolicy, baseline.

const cluster = testCluster({
  pods: [
    testPod('shop/web', '10.0.0.1', { ports: ['http=TCP/80', 'http=UDP/8080'] }),
    testPod('shop/db', '10.0.0.2'),
  ],
});

const policy = (
  name: string,
  direction: Direction,
  actions: readonly Pick<Rule, 'action' | 'traffic'>[],
  subject = EVERYTHING,
): Policy => {
  const ref = { kind: 'ClusterNetworkPolicy', name };
  return {
    ref,
    subject,
    [direction]: actions.map((each, index) => ({
      ref: { policy: ref, direction, index },
      from: 'anyone' as const,
      to: 'anyone' as const,
      ...each,
    })),
  };
};

const http = [{ protocol: 6, ports: [{ first: 80, last: 80 }] }] as const;

const tiers = (parts: {
  readonly admin?: readonly Policy[];
  readonly network?: readonly Policy[];
  readonly baseline?: readonly Policy[];
}): PolicyModel => ({
  ...EMPTY_MODEL,
  tiers: [
    { name: 'Admin', unmatched: 'pass', policies: parts.admin ?? [] },
    { name: 'NetworkPolicy', unmatched: 'deny', policies: parts.network ?? [] },
    { name: 'Baseline', unmatched: 'pass', policies: parts.baseline ?? [] },
  ],
});

const ingress = (model: PolicyModel, question = 'shop/db -> shop/web TCP/80') =>
  createEvaluator(cluster, model).verdict(flow(question)).ingress;

const rules = (...actions: readonly Rule['action'][]) =>
  actions.map((action) => ({ action, traffic: 'any' as const }));

describe('tiers', () => {
  it('the first rule that matches decides, over rules and policies in order', () => {
    const model = tiers({
      admin: [
        policy('first', 'ingress', [{ action: 'allow', traffic: http }]),
        policy('second', 'ingress', rules('deny', 'allow')),
      ],
    });
    expect(ingress(model)).toMatchObject({
      allowed: true,
      reason: 'allowed-by-rule',
      tier: 'Admin',
      rules: [
        { policy: { name: 'first' }, index: 0 },
        { policy: { name: 'second' }, index: 1 },
      ],
      isolatedBy: [],
    });
    expect(ingress(model, 'shop/db -> shop/web TCP/81')).toMatchObject({
      allowed: false,
      reason: 'denied-by-rule',
      tier: 'Admin',
      rule: { policy: { name: 'second' }, index: 0 },
    });
  });

  it('a final decision is not looked at again by later tiers', () => {
    const admin = [policy('a', 'ingress', rules('allow'))];
    const network = [policy('n', 'ingress', [])];
    expect(ingress(tiers({ admin, network }))).toMatchObject({ allowed: true, tier: 'Admin' });
  });

  it('pass leaves the tier at once', () => {
    const admin = [
      policy('a', 'ingress', rules('pass', 'deny')),
      policy('b', 'ingress', rules('deny')),
    ];
    expect(ingress(tiers({ admin }))).toMatchObject({
      allowed: true,
      reason: 'not-isolated',
      passed: [{ policy: { name: 'a' }, index: 0 }],
    });
    const network = [policy('n', 'ingress', [])];
    expect(ingress(tiers({ admin, network }))).toMatchObject({
      reason: 'denied-by-isolation',
      tier: 'NetworkPolicy',
      passed: [{ policy: { name: 'a' } }],
    });
  });

  it('a rule that logs decides nothing', () => {
    const logged = [policy('n', 'ingress', rules('log'))];
    expect(ingress(tiers({ admin: logged }))).toEqual({ allowed: true, reason: 'not-isolated' });
    expect(ingress(tiers({ network: logged }))).toMatchObject({ reason: 'denied-by-isolation' });
    const then = [policy('n', 'ingress', rules('log', 'allow'))];
    expect(ingress(tiers({ network: then }))).toMatchObject({ rules: [{ index: 1 }] });
  });

  it('rules that do not match isolate nobody in a tier that passes', () => {
    const admin = [policy('a', 'ingress', [{ action: 'allow', traffic: http }])];
    expect(ingress(tiers({ admin }), 'shop/db -> shop/web TCP/81')).toEqual({
      allowed: true,
      reason: 'not-isolated',
    });
  });

  it('baseline counts only where no NetworkPolicy isolates the pod in that direction', () => {
    const baseline = [policy('b', 'ingress', rules('deny'))];
    expect(ingress(tiers({ baseline }))).toMatchObject({
      reason: 'denied-by-rule',
      tier: 'Baseline',
    });
    const open = [policy('n', 'ingress', rules('allow'))];
    expect(ingress(tiers({ baseline, network: open }))).toMatchObject({ allowed: true });
    const egressOnly = [policy('n', 'egress', [])];
    expect(ingress(tiers({ baseline, network: egressOnly }))).toMatchObject({
      reason: 'denied-by-rule',
    });
    const ofOthers = [policy('n', 'ingress', rules('allow'), labelIs('app', 'db'))];
    expect(ingress(tiers({ baseline, network: ofOthers }))).toMatchObject({
      reason: 'denied-by-rule',
    });
  });

  it('no peer at all is nobody, which is not the same as anyone', () => {
    const { ref, subject } = policy('n', 'ingress', []);
    const nobody = {
      ref: { policy: ref, direction: 'ingress', index: 0 },
      action: 'allow',
      from: [],
      to: 'anyone',
      traffic: 'any',
    } as const;
    expect(ingress(tiers({ network: [{ ref, subject, ingress: [nobody] }] })).allowed).toBe(false);
  });

  it('a named port without a protocol takes the protocol that the container declares', () => {
    const named = [{ ports: [{ name: 'http' }] }] as const;
    const model = tiers({
      network: [policy('n', 'ingress', [{ action: 'allow', traffic: named }])],
    });
    expect(ingress(model, 'shop/db -> shop/web TCP/80').allowed).toBe(true);
    expect(ingress(model, 'shop/db -> shop/web UDP/8080').allowed).toBe(true);
    expect(ingress(model, 'shop/db -> shop/web UDP/80').allowed).toBe(false);
  });

  it('policies of one namespace and of many keep their order', () => {
    const inShop: Policy = {
      ...policy('second', 'ingress', rules('deny')),
      subject: labelIs(NAMESPACE, 'shop'),
    };
    const first = policy('first', 'ingress', rules('allow'));
    expect(ingress(tiers({ admin: [first, inShop] })).allowed).toBe(true);
    expect(ingress(tiers({ admin: [inShop, first] })).allowed).toBe(false);
  });
});
