import type {
  FlowProtocol,
  LabelSelector,
  Labels,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
  Pod,
} from '@podpath/cluster';
import { parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import type { PolicyFlow } from './flow.ts';
import { end, testNamespace, testPod } from './test-cluster.ts';

// Random policies over a small world, so that selectors, blocks and ports meet often.

export const namespaces = [
  testNamespace('a', { team: 'x' }),
  testNamespace('b', { team: 'y' }),
  testNamespace('c'),
];

export const pods: readonly Pod[] = ['a', 'b', 'c'].flatMap((namespace, i) =>
  ['web', 'db', 'host'].map((app, j) =>
    app === 'host'
      ? testPod(`${namespace}/${app}`, [`192.168.0.${i + 1}`, `fd01::${i + 1}`], {
          node: `node-${i + 1}`,
          hostNetwork: true,
        })
      : testPod(`${namespace}/${app}`, [`10.0.${i}.${j}`, `fd00::${i}:${j}`], {
          labels: j === 0 ? { app } : { app, tier: 'back' },
          node: `node-${((i + j) % 3) + 1}`,
          ports: j === 0 ? ['http=TCP/80', 'dns=UDP/53'] : ['http=TCP/81', 'dns=TCP/53'],
        }),
  ),
);

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);

export const selector: fc.Arbitrary<LabelSelector> = fc.record({
  matchLabels: pick<Labels>({}, {}, { app: 'web' }, { app: 'db' }, { team: 'x' }),
  matchExpressions: fc.array(
    fc.oneof(
      fc.record({
        key: pick('app', 'tier', 'team'),
        operator: pick('In' as const, 'NotIn' as const),
        values: fc.subarray(['web', 'db', 'back', 'x', 'y'], { minLength: 1 }),
      }),
      fc.record({
        key: pick('app', 'tier', 'team'),
        operator: pick('Exists' as const, 'DoesNotExist' as const),
        values: fc.constant([]),
      }),
    ),
    { maxLength: 1 },
  ),
});

const peer: fc.Arbitrary<NetworkPolicyPeer> = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ podSelector: selector, namespaceSelector: selector }),
  pick(
    ['0.0.0.0/0', '10.0.0.0/16'],
    ['10.0.0.0/16', '10.0.1.0/24'],
    ['10.0.2.0/31'],
    ['192.168.0.0/30', '192.168.0.2/32'],
    ['::/0', 'fd00::1:0/112'],
    ['8.8.0.0/16'],
  ).map(([cidr = '', ...except]) => ({
    ipBlock: { cidr: parsePrefix(cidr), except: except.map(parsePrefix) },
  })),
);

const protocol = pick('TCP' as const, 'UDP' as const, 'SCTP' as const);

const port: fc.Arbitrary<NetworkPolicyPort> = fc.oneof(
  fc.record({ protocol }),
  fc.record({ protocol, port: pick<number | string>(53, 80, 81, 'http', 'dns') }),
  fc.record({ protocol, port: pick(50, 80), endPort: pick(80, 90) }),
);

export const rule: fc.Arbitrary<NetworkPolicyRule> = fc.record({
  peers: fc.array(peer, { maxLength: 2 }),
  ports: fc.array(port, { maxLength: 2 }),
});

const policy = (name: string): fc.Arbitrary<NetworkPolicy> =>
  fc.record({
    namespace: pick('a', 'b', 'c'),
    name: fc.constant(name),
    podSelector: selector,
    policyTypes: fc.subarray(['Ingress' as const, 'Egress' as const], { minLength: 1 }),
    ingress: fc.array(rule, { maxLength: 2 }),
    egress: fc.array(rule, { maxLength: 2 }),
  });

export const policies = fc.tuple(policy('p'), policy('q'), policy('r'), policy('s'));

const ends = [...pods.map(({ namespace, name }) => `${namespace}/${name}`), 'node-1', 'node-2'];
const outside = { 4: ['8.8.8.8', '1.1.1.1'], 6: ['2001:db8::1'] } as const;

export const flow: fc.Arbitrary<PolicyFlow & { readonly protocol: FlowProtocol }> = pick(
  4 as const,
  6 as const,
).chain((family) =>
  fc.record({
    from: pick(...ends, ...outside[family]).map(end),
    to: pick(...ends, ...outside[family]).map(end),
    protocol: pick('TCP' as const, 'UDP' as const, 'SCTP' as const, 'ICMP' as const),
    port: pick(50, 53, 79, 80, 81, 90, 91),
    family: fc.constant(family),
  }),
);
