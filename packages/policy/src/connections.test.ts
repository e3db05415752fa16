import type { NetworkPolicyPort } from '@podpath/cluster';
import { describe, expect, it } from 'vitest';
import { allowsEverything, allowsNothing, formatConnections, setAllows } from './connection-set.ts';
import { createEvaluator } from './evaluator.ts';
import {
  EVERYTHING,
  end,
  labelled,
  testCluster,
  testPod,
  testPolicy,
  testRule,
} from './test-cluster.ts';

const pods = [
  testPod('shop/web', '10.0.0.1', { ports: ['http=TCP/80', 'dns=UDP/53', 'dns=TCP/53'] }),
  testPod('shop/db', '10.0.0.2', { node: 'node-2' }),
];

const connections = (
  rules: readonly (readonly NetworkPolicyPort[])[],
  from = 'shop/db',
  to = 'shop/web',
) => {
  const policy = testPolicy('shop/p', labelled({ app: 'web' }), {
    ingress: rules.map((ports) => testRule([], ports)),
  });
  const evaluator = createEvaluator(testCluster({ pods, policies: [policy] }));
  return evaluator.connections({ from: end(from), to: end(to) });
};

describe('connections', () => {
  it.each([
    ['no rule', [], 'nothing'],
    ['a rule without ports', [[]], 'everything'],
    ['one port', [[{ protocol: 'TCP', port: 80 }]], 'TCP 80'],
    ['all of a protocol', [[{ protocol: 'UDP' }]], 'UDP'],
    [
      'ranges that overlap or touch, from several rules',
      [
        [{ protocol: 'TCP', port: 443, endPort: 445 }],
        [
          { protocol: 'TCP', port: 446 },
          { protocol: 'TCP', port: 400, endPort: 443 },
        ],
        [
          { protocol: 'TCP', port: 80 },
          { protocol: 'UDP', port: 53 },
        ],
      ],
      'TCP 80,400-446; UDP 53',
    ],
    [
      'the first and the last port',
      [
        [
          { protocol: 'TCP', port: 1 },
          { protocol: 'TCP', port: 65535 },
        ],
      ],
      'TCP 1,65535',
    ],
    ['a name, with its protocol', [[{ protocol: 'UDP', port: 'dns' }]], 'UDP 53'],
    ['a name that the pod does not have', [[{ protocol: 'TCP', port: 'metrics' }]], 'nothing'],
    [
      'every protocol but ICMP',
      [[{ protocol: 'TCP' }, { protocol: 'UDP' }, { protocol: 'SCTP' }]],
      'TCP; UDP; SCTP',
    ],
  ] as const)('%s', (_name, rules, expected) => {
    expect(formatConnections(connections(rules))).toBe(expected);
  });

  it('are everything where nobody is policed or the pair is exempt', () => {
    expect(allowsEverything(connections([], 'shop/web', 'shop/db'))).toBe(true);
    expect(allowsEverything(connections([], 'shop/web', 'shop/web'))).toBe(true);
    expect(allowsEverything(connections([], 'node-1', 'shop/web'))).toBe(true);
    expect(allowsNothing(connections([], 'node-2', 'shop/web'))).toBe(true);
  });

  it('have to be allowed at both ends', () => {
    const port = (first: number, endPort: number) =>
      testRule([], [{ protocol: 'TCP', port: first, endPort }]);
    const policies = [
      testPolicy('shop/out', labelled({ app: 'db' }), {
        types: ['Egress'],
        egress: [port(1, 100)],
      }),
      testPolicy('shop/in', EVERYTHING, { ingress: [port(50, 200)] }),
    ];
    const evaluator = createEvaluator(testCluster({ pods, policies }));
    const set = evaluator.connections({ from: end('shop/db'), to: end('shop/web') });
    expect(formatConnections(set)).toBe('TCP 50-100');
    expect(setAllows(set, 'TCP', 50)).toBe(true);
    expect(setAllows(set, 'TCP', 101)).toBe(false);
    expect(setAllows(set, 'UDP', 50)).toBe(false);
    expect(setAllows(set, 'ICMP', 0)).toBe(false);
  });
});
