import fc from 'fast-check';
import { EVERYTHING, type LabelExpression } from '../label-expression.ts';
import type {
  EndMatch,
  Policy,
  PolicyModel,
  PortMatch,
  Rule,
  Stage,
  Tier,
  TrafficMatch,
} from '../model.ts';
import type { Direction } from '../verdict.ts';
import { nets } from './test-worlds.ts';

// Random models with every feature that a model has, over what random clusters have.

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 4 });

const label = pick(
  'app',
  'tier',
  'role',
  'hash',
  'namespace:team',
  'namespace:app',
  'serviceaccount:app',
  ':namespace',
  ':serviceaccount',
  ':orchestrator',
  'namespace:kubernetes.io/metadata.name',
);
const value = pick('web', 'db', 'back', 'x', 'y', 'a', 'b', 'c', 'robot', 'k8s', 'x1');

const { expression } = fc.letrec<{ expression: LabelExpression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    pick<LabelExpression>(
      { kind: 'in', label: 'app', values: ['web'] },
      { kind: 'in', label: 'app', values: ['db'] },
      { kind: 'has', label: 'role' },
    ),
    fc.record({
      kind: fc.constant('in' as const),
      label,
      values: fc.array(value, { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('has' as const), label }),
    fc.record({
      kind: pick('contains' as const, 'starts with' as const, 'ends with' as const),
      label,
      value: pick('w', 'b', 'x', ''),
    }),
    fc.record({ kind: fc.constant('not' as const), operand: tie('expression') }),
    fc.record({
      kind: pick('and' as const, 'or' as const),
      operands: fc.array(tie('expression'), { maxLength: 3 }),
    }),
  ),
}));

const endMatch: fc.Arbitrary<EndMatch> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ labels: expression }) },
  fc.record({ nets: fc.array(nets, { minLength: 1, maxLength: 2 }) }),
  fc.record(
    {
      labels: expression,
      notLabels: expression,
      nets: fc.array(nets, { maxLength: 2 }),
      notNets: fc.array(nets, { maxLength: 2 }),
      service: pick({ namespace: 'a', name: 's' }, { namespace: 'b', name: 'none' }),
      nodes: expression,
      domains: pick(['*.example.com'], ['example.com', 'www.Example.com.'], ['other.org']),
    },
    { requiredKeys: [] },
  ),
  fc.record({ service: fc.constant({ namespace: 'a', name: 's' }) }),
  fc.record({ notLabels: expression, notNets: fc.array(nets, { minLength: 1, maxLength: 2 }) }),
);

const ends = fc.oneof(
  fc.constant('anyone' as const),
  fc.array(endMatch, { minLength: 1, maxLength: 2 }),
);

const port: fc.Arbitrary<PortMatch> = fc.oneof(
  pick(
    { first: 80, last: 80 },
    { first: 53, last: 81 },
    { first: 0, last: 65_535 },
    { first: 81, last: 40_000 },
  ),
  fc.record({ name: pick('http', 'http', 'dns', 'high') }),
  fc.record({ name: pick('http', 'dns', 'high'), protocol: pick(6, 17) }),
);
const ports = fc.array(port, { minLength: 1, maxLength: 2 });
const protocol = pick(6, 6, 17, 132, 136, 1, 58, 47, 50);
const icmp = fc.record({ type: pick(0, 8, 128), code: pick(0, 3) }, { requiredKeys: ['type'] });

const traffic: fc.Arbitrary<TrafficMatch> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ protocol: pick(6, 6, 17, 132), ports }) },
  fc.record(
    {
      family: pick(4 as const, 6 as const),
      protocol,
      notProtocol: protocol,
      icmp,
      notIcmp: icmp,
      sourcePorts: ports,
      notSourcePorts: ports,
      ports,
      notPorts: ports,
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
);

const rule = (name: string, direction: Direction): fc.Arbitrary<Rule> =>
  fc.record({
    ref: fc.constant({ policy: { kind: 'Policy', name }, direction, index: 0 }),
    action: pick(
      'allow' as const,
      'allow' as const,
      'deny' as const,
      'pass' as const,
      'log' as const,
    ),
    from: ends,
    to: ends,
    traffic: fc.oneof(
      { weight: 1, arbitrary: fc.constant('any' as const) },
      { weight: 2, arbitrary: fc.array(traffic, { maxLength: 2 }) },
    ),
  });

const STAGES: readonly (readonly Stage[])[] = [
  ['endpoint', 'forward'],
  ['untracked'],
  ['pre-dnat'],
  ['forward'],
];

export const policy = (name: string): fc.Arbitrary<Policy> =>
  fc
    .record({
      subject: expression,
      stages: maybe(pick(...STAGES)),
      withStages: pick(false, false, false, true),
      ingress: maybe(fc.array(rule(name, 'ingress'), { maxLength: 3 })),
      egress: maybe(fc.array(rule(name, 'egress'), { maxLength: 3 })),
    })
    .map(({ subject, stages, withStages, ingress, egress }) => ({
      ref: { kind: 'Policy', name },
      subject,
      ...(withStages && stages !== undefined ? { stages } : {}),
      ...(ingress === undefined ? {} : { ingress }),
      ...(egress === undefined ? {} : { egress }),
    }));

const tier = (name: string): fc.Arbitrary<Tier> =>
  fc.record({
    name: fc.constant(name),
    unmatched: pick('deny' as const, 'pass' as const),
    policies: fc
      .tuple(policy(`${name}-1`), policy(`${name}-2`), policy(`${name}-3`))
      .chain((list) => fc.subarray(list)),
  });

const tcp = (first: number): TrafficMatch => ({ protocol: 6, ports: [{ first, last: first }] });

/** Tiers that say much at once, where later ones are seldom asked. */
const tiers = fc.tuple(tier('first'), tier('second'), tier('third'));

/** Tiers of which one alone decides, so that what each of its rules says comes to light. */
const sparseTiers: typeof tiers = fc
  .tuple(rule('second-1', 'ingress'), rule('second-2', 'egress'), pick('ingress', 'egress', 'both'))
  .map(([ingress, egress, which]) => {
    const policy = (number: number, rules: Pick<Policy, 'ingress' | 'egress'>): Policy => ({
      ref: { kind: 'Policy', name: `second-${number}` },
      subject: EVERYTHING,
      ...rules,
    });
    const policies = [
      ...(which === 'egress' ? [] : [policy(1, { ingress: [{ ...ingress, action: 'allow' }] })]),
      ...(which === 'ingress' ? [] : [policy(2, { egress: [{ ...egress, action: 'allow' }] })]),
    ];
    return [
      { name: 'first', unmatched: 'pass', policies: [] },
      { name: 'second', unmatched: 'deny', policies },
      { name: 'third', unmatched: 'pass', policies: [] },
    ];
  });

export const model: fc.Arbitrary<PolicyModel> = fc
  .record({
    tiers: fc.oneof(tiers, sparseTiers),
    profile: rule('p', 'ingress'),
  })
  .map(({ tiers: list, profile }) => ({
    tiers: list,
    profiles: new Map([['p', { name: 'p', ingress: [profile], egress: [] }]]),
    failsafes: { ingress: [tcp(22)], egress: [tcp(53)] },
  }));
