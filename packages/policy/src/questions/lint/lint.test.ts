import { parseCalicoSelector } from '@podpath/cluster';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEvaluator } from '../../evaluator.ts';
import type { Policy, PolicyModel } from '../../model.ts';
import * as small from '../../test-arbitraries.ts';
import {
  EVERYTHING,
  ipBlock,
  labelled,
  testCluster,
  testPod,
  testPolicy,
  testRule,
} from '../../test-cluster.ts';
import { clusterPolicies } from '../../test-model-arbitraries.ts';
import { translatePolicies } from '../../translate-policies.ts';
import { lintPolicies } from './lint.ts';

const pods = [
  testPod('shop/web', '10.0.0.1', { ports: ['http=TCP/80'] }),
  testPod('shop/db', '10.0.0.2', { ports: ['sql=TCP/5432'] }),
];

const lint = (...policies: readonly ReturnType<typeof testPolicy>[]) =>
  lintPolicies(testCluster({ pods, policies })).map(({ id, severity, rule, policy, message }) =>
    [severity, id, policy.name + (rule ? ` ${rule.direction}[${rule.index}]` : ''), message].join(
      ' | ',
    ),
  );

const web = { podSelector: labelled({ app: 'web' }) };
const tcp = (port: number | string, endPort?: number) => ({
  protocol: 'TCP' as const,
  port,
  ...(endPort === undefined ? {} : { endPort }),
});

describe('lint', () => {
  it('has nothing to say of policies that do something', () => {
    expect(
      lint(
        testPolicy('shop/all', EVERYTHING),
        testPolicy('shop/db', labelled({ app: 'db' }), {
          ingress: [testRule([web], [tcp('sql')])],
        }),
      ),
    ).toEqual([]);
  });

  it('finds policies that select nobody', () => {
    expect(lint(testPolicy('shop/p', labelled({ app: 'wep' })))).toEqual([
      'warning | policy-selects-nobody | p | selects nobody',
    ]);
    expect(lint(testPolicy('shpo/p', EVERYTHING))).toEqual([
      'warning | policy-selects-nobody | p | selects nobody',
    ]);
  });

  it('finds rules and peers that are nobody', () => {
    const nobody = { podSelector: labelled({ app: 'wep' }) };
    expect(
      lint(
        testPolicy('shop/p', EVERYTHING, {
          ingress: [testRule([nobody]), testRule([web, { podSelector: labelled({ app: 'bd' }) }])],
          egress: [testRule([ipBlock('10.0.0.0/8', '10.0.0.0/9', '10.0.0.0/8')])],
        }),
      ),
    ).toEqual([
      'warning | rule-matches-nobody | p ingress[0] | matches nobody in `from`',
      'warning | peer-matches-nobody | p ingress[1] | matches nobody by peer 2 of 2 in `from`',
      'warning | rule-matches-nobody | p egress[0] | matches nobody in `to`',
    ]);
  });

  it('finds names of ports that nobody has', () => {
    expect(
      lint(
        testPolicy('shop/p', labelled({ app: 'db' }), {
          ingress: [testRule([web], [tcp('http'), tcp('sql')])],
          egress: [testRule([web], [{ protocol: 'UDP', port: 'http' }])],
        }),
      ),
    ).toEqual([
      'warning | named-port-unknown | p ingress[0] | names the port `http`, which no pod that it selects has',
      'warning | named-port-unknown | p egress[0] | names the port `http`, which no pod that it leads to has',
    ]);
  });

  it('finds rules of a direction that the types leave out', () => {
    const inert = testPolicy('shop/p', EVERYTHING, {
      types: ['Egress'],
      ingress: [testRule([web])],
      egress: [testRule()],
    });
    expect(lint(inert)).toEqual([
      "warning | rule-inert | p ingress[0] | has no effect: the policy's types leave ingress out",
    ]);
  });

  it('finds rules that add nothing, in whatever policy the other is', () => {
    expect(
      lint(
        testPolicy('shop/a', labelled({ app: 'db' }), { ingress: [testRule([web], [tcp(5432)])] }),
        testPolicy('shop/b', EVERYTHING, { ingress: [testRule([web], [tcp(5000, 6000)])] }),
        testPolicy('shop/c', EVERYTHING, { ingress: [testRule([web], [tcp(5000, 6000)])] }),
        testPolicy('shop/d', EVERYTHING, { ingress: [testRule([web], [tcp(5000, 6001)])] }),
      ),
    ).toEqual([
      'info | rule-shadowed | a ingress[0] | adds nothing to NetworkPolicy shop/b ingress[0]',
      'info | rule-shadowed | b ingress[0] | adds nothing to NetworkPolicy shop/d ingress[0]',
      'info | rule-shadowed | c ingress[0] | adds nothing to NetworkPolicy shop/b ingress[0]',
    ]);
  });

  it('finds rules that are never reached', () => {
    const text = (selector: string) => ({
      text: selector,
      selector: parseCalicoSelector(selector),
    });
    const cluster = testCluster({ pods });
    const rule = (action: 'Allow' | 'Deny', port: number) => ({
      action,
      protocol: 'TCP' as const,
      source: {},
      destination: { ports: [{ first: port, last: port }] },
      http: false,
      location: { file: 'p.yaml', document: 1, line: port, column: 1 },
    });
    const policy = {
      kind: 'GlobalNetworkPolicy' as const,
      name: 'p',
      tier: 'default',
      selector: text('all()'),
      types: ['Ingress' as const],
      ingress: [rule('Deny', 80), rule('Allow', 80), rule('Allow', 81)],
      egress: [],
      doNotTrack: false,
      preDnat: false,
      applyOnForward: false,
    };
    expect(
      lintPolicies({ ...cluster, calico: { ...cluster.calico, policies: [policy] } }),
    ).toMatchObject([
      {
        id: 'rule-shadowed',
        severity: 'warning',
        message:
          'is never reached: Calico GlobalNetworkPolicy p ingress[0] (p.yaml:80) denies before',
        source: { line: 80 },
        related: { index: 0 },
      },
    ]);
  });
});

describe('a rule that is said to be shadowed', () => {
  it('can be taken out, and nothing changes', () => {
    let found = 0;
    fc.assert(
      fc.property(
        small.policies,
        clusterPolicies,
        fc.array(small.flow, { minLength: 40, maxLength: 40 }),
        (list, scoped, flows) => {
          const world = {
            ...testCluster({ namespaces: small.namespaces, pods: small.pods, policies: list }),
            clusterNetworkPolicies: scoped,
          };
          const model = translatePolicies(world);
          const whole = createEvaluator(world, model);
          for (const { id, rule } of lintPolicies(world, model)) {
            if (id !== 'rule-shadowed' || rule === undefined) continue;
            found += 1;
            const less = createEvaluator(world, without(model, rule));
            for (const flow of flows) {
              expect(less.verdict(flow).allowed).toBe(whole.verdict(flow).allowed);
            }
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(found).toBeGreaterThan(50);
  }, 60_000);
});

const without = (model: PolicyModel, gone: object): PolicyModel => {
  const kept = (policy: Policy, direction: 'ingress' | 'egress') => {
    const rules = policy[direction];
    return rules === undefined ? {} : { [direction]: rules.filter(({ ref }) => ref !== gone) };
  };
  return {
    ...model,
    tiers: model.tiers.map((tier) => ({
      ...tier,
      policies: tier.policies.map((policy) => ({
        ...policy,
        ...kept(policy, 'ingress'),
        ...kept(policy, 'egress'),
      })),
    })),
  };
};
