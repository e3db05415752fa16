import { type Cluster, parseCalicoSelector } from '@podpath/cluster';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Knowledge } from '../../address-knowledge.ts';
import { flow as anyFlow } from '../../compiled/test-flows.ts';
import { model as anyModel } from '../../compiled/test-models.ts';
import { cluster as anyCluster, KNOWLEDGE } from '../../compiled/test-worlds.ts';
import { createEvaluator, type PolicyEvaluator } from '../../evaluator.ts';
import { type PolicyFlow, PolicyFlowError } from '../../flow.ts';
import { EMPTY_MODEL, type PolicyModel, type Rule, type Tier } from '../../model.ts';
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

describe('a rule of a later tier', () => {
  const ref = (name: string) => ({
    policy: { kind: 'Policy', name },
    direction: 'ingress' as const,
    index: 0,
  });
  const rule = (name: string, action: Rule['action']): Rule => ({
    ref: ref(name),
    action,
    from: 'anyone',
    to: 'anyone',
    traffic: 'any',
  });
  const tier = (name: string, ...ingress: readonly Rule[]): Tier => ({
    name,
    unmatched: 'pass',
    policies: [{ ref: { kind: 'Policy', name }, subject: { kind: 'and', operands: [] }, ingress }],
  });
  const idsOf = (...tiers: readonly Tier[]) =>
    lintPolicies(testCluster({ pods }), { ...EMPTY_MODEL, tiers }).map(
      ({ rule: found, message }) => `${found?.policy.name} ${message}`,
    );

  it('is never reached behind one that decides', () => {
    expect(idsOf(tier('first', rule('a', 'deny')), tier('second', rule('b', 'allow')))).toEqual([
      'b is never reached: Policy a ingress[0] denies before',
    ]);
  });

  it('is reached where the earlier tier was left', () => {
    expect(idsOf(tier('first', rule('a', 'pass')), tier('second', rule('b', 'allow')))).toEqual([]);
    const passes = { ...rule('a', 'pass'), traffic: [{ protocol: 6 }] };
    expect(
      idsOf(tier('first', passes, rule('c', 'deny')), tier('second', rule('b', 'allow'))),
    ).toEqual([]);
  });
});

describe('a rule that is said to be shadowed', () => {
  const expectNoChange = (
    world: Cluster,
    model: PolicyModel,
    flows: readonly PolicyFlow[],
    knowledge: Knowledge = {},
  ): number => {
    const whole = createEvaluator(world, model, knowledge);
    const shadowed = lintPolicies(world, model).flatMap(({ id, rule }) =>
      id === 'rule-shadowed' && rule !== undefined ? [rule] : [],
    );
    for (const rule of shadowed) {
      const less = createEvaluator(world, without(model, rule), knowledge);
      for (const flow of flows) {
        expect(answerOf(less, flow)).toBe(answerOf(whole, flow));
      }
    }
    return shadowed.length;
  };

  it('can be taken out, and nothing changes', () => {
    let found = 0;
    const flows = fc.array(small.flow, { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(small.policies, clusterPolicies, flows, (list, scoped, asked) => {
        const world = {
          ...testCluster({ namespaces: small.namespaces, pods: small.pods, policies: list }),
          clusterNetworkPolicies: scoped,
        };
        found += expectNoChange(world, translatePolicies(world), asked);
      }),
      { numRuns: 150 },
    );
    expect(found).toBeGreaterThan(50);
  }, 60_000);

  it('can be taken out under every feature of the model', () => {
    let found = 0;
    const flows = fc.array(anyFlow, { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(anyCluster(true), anyModel.map(numbered), flows, (world, model, asked) => {
        found += expectNoChange(world, model, asked, KNOWLEDGE);
      }),
      { numRuns: 800 },
    );
    expect(found).toBeGreaterThan(30);
  }, 60_000);
});

/** Flows that cannot exist have no verdict. */
const answerOf = (evaluator: PolicyEvaluator, flow: PolicyFlow): boolean | undefined => {
  try {
    return evaluator.verdict(flow).allowed;
  } catch (error) {
    if (error instanceof PolicyFlowError) return undefined;
    throw error;
  }
};

/** Gives each rule a reference of its own. */
const numbered = (model: PolicyModel): PolicyModel =>
  eachRules(model, (rules) =>
    rules.map((rule, index) => ({ ...rule, ref: { ...rule.ref, index } })),
  );

const without = (model: PolicyModel, gone: object): PolicyModel =>
  eachRules(model, (rules) => rules.filter(({ ref }) => ref !== gone));

const eachRules = (
  model: PolicyModel,
  change: (rules: readonly Rule[]) => readonly Rule[],
): PolicyModel => ({
  ...model,
  tiers: model.tiers.map((tier) => ({
    ...tier,
    policies: tier.policies.map(({ ingress, egress, ...policy }) => ({
      ...policy,
      ...(ingress === undefined ? {} : { ingress: change(ingress) }),
      ...(egress === undefined ? {} : { egress: change(egress) }),
    })),
  })),
});
