import type {
  LabelSelector,
  Labels,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
  Pod,
} from '@podpath/cluster';
import { familyOf, type Ip, parseIp, prefixContains } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setAllows } from './connection-set.ts';
import { createEvaluator } from './evaluator.ts';
import type { PolicyFlow } from './flow.ts';
import { flow, namespaces, pods, policies, rule } from './test-arbitraries.ts';
import { testCluster } from './test-cluster.ts';

const evaluate = (list: readonly NetworkPolicy[]) =>
  createEvaluator(testCluster({ namespaces, pods, policies: list }));

describe('laws of NetworkPolicy', () => {
  it('the order of policies, rules, peers and ports never matters', () => {
    const upsideDown = (given: NetworkPolicy): NetworkPolicy => {
      const turned = (rules: readonly NetworkPolicyRule[]) =>
        rules.toReversed().map(({ peers, ports }) => ({
          peers: peers.toReversed(),
          ports: ports.toReversed(),
        }));
      return { ...given, ingress: turned(given.ingress), egress: turned(given.egress) };
    };
    fc.assert(
      fc.property(policies, flow, (list, asked) => {
        const verdict = evaluate(list).verdict(asked);
        // Not even in the explanation, as far as policies go.
        expect(evaluate(list.toReversed()).verdict(asked)).toEqual(verdict);
        expect(evaluate(list.map(upsideDown)).verdict(asked).allowed).toBe(verdict.allowed);
      }),
    );
  });

  it('a rule more in a policy never takes access away', () => {
    fc.assert(
      fc.property(policies, rule, flow, (list, added, asked) => {
        const [first, ...others] = list;
        const more = {
          ...first,
          ingress: [...first.ingress, added],
          egress: [...first.egress, added],
        };
        if (evaluate(list).verdict(asked).allowed) {
          expect(evaluate([more, ...others]).verdict(asked).allowed).toBe(true);
        }
      }),
    );
  });

  it('a policy more takes access away only at an end that it newly isolates', () => {
    fc.assert(
      fc.property(policies, flow, ([added, ...list], asked) => {
        const before = evaluate(list).verdict(asked);
        const after = evaluate([added, ...list]).verdict(asked);
        for (const direction of ['ingress', 'egress'] as const) {
          if (before[direction].allowed && !after[direction].allowed) {
            expect(before[direction].reason).toBe('not-isolated');
            expect(after[direction]).toMatchObject({ isolatedBy: [{ name: added.name }] });
          }
        }
      }),
    );
  });

  it('the policies of an end together allow what any of them allows alone', () => {
    fc.assert(
      fc.property(policies, flow, (list, asked) => {
        const together = evaluate(list).verdict(asked);
        const alone = list.map((each) => evaluate([each]).verdict(asked));
        for (const direction of ['ingress', 'egress'] as const) {
          const isolating = alone.filter((verdict) => verdict[direction].reason !== 'not-isolated');
          expect(together[direction].allowed).toBe(
            isolating.length === 0 || isolating.some((verdict) => verdict[direction].allowed),
          );
        }
      }),
    );
  });

  it('every rule that an explanation names allows the connection alone', () => {
    fc.assert(
      fc.property(policies, flow, (list, asked) => {
        const { ingress } = evaluate(list).verdict(asked);
        if (ingress.reason !== 'allowed-by-rule') return;
        for (const { policy: ref, index } of ingress.rules) {
          const [named] = list.filter(({ name }) => name === ref.name);
          if (named === undefined) throw new Error(`no policy ${ref.name}`);
          const only = { ...named, ingress: named.ingress.slice(index, index + 1) };
          expect(evaluate([only]).verdict(asked).ingress.reason).toBe('allowed-by-rule');
        }
      }),
    );
  });

  it('agrees with the API text written down once more', () => {
    fc.assert(
      fc.property(policies, flow, (list, asked) => {
        expect(evaluate(list).verdict(asked).allowed).toBe(naive(list, asked));
      }),
      { numRuns: 2000 },
    );
  });

  it('connections are the verdicts of all ports', () => {
    fc.assert(
      fc.property(policies, flow, (list, asked) => {
        const evaluator = evaluate(list);
        const set = evaluator.connections(asked);
        expect(setAllows(set, asked.protocol, asked.port)).toBe(evaluator.verdict(asked).allowed);
      }),
      { numRuns: 1000 },
    );
  });
});

/** NetworkPolicy as its documentation tells it, with nothing shared with the evaluator but the types. */
function naive(list: readonly NetworkPolicy[], asked: PolicyFlow): boolean {
  const from = describeEnd(asked.from, asked.family);
  const to = describeEnd(asked.to, asked.family);
  const samePod = from.pod !== undefined && from.pod === to.pod;
  const nodeAndItsPod =
    (from.node !== undefined && from.node === to.pod?.node) ||
    (to.node !== undefined && to.node === from.pod?.node);
  if (samePod || nodeAndItsPod) return true;

  const sideAllows = (self: typeof from, other: typeof from, type: 'Ingress' | 'Egress') => {
    const isolating = list.filter(
      (each) =>
        each.policyTypes.includes(type) &&
        self.pod?.namespace === each.namespace &&
        holds(each.podSelector, self.pod.labels),
    );
    if (isolating.length === 0) return true;
    for (const each of isolating) {
      for (const { peers, ports } of type === 'Ingress' ? each.ingress : each.egress) {
        const peerFits =
          peers.length === 0 || peers.some((one) => fits(one, each.namespace, other));
        const portFits = ports.length === 0 || ports.some((one) => opens(one));
        if (peerFits && portFits) return true;
      }
    }
    return false;
  };

  const fits = (one: NetworkPolicyPeer, own: string, other: typeof from): boolean => {
    if (one.ipBlock !== undefined) {
      const { cidr, except } = one.ipBlock;
      const inside = prefixContains(cidr, other.address);
      return inside && except.every((hole) => !prefixContains(hole, other.address));
    }
    if (other.pod === undefined) return false;
    const { namespace, labels } = other.pod;
    const ofNamespace = namespaces.find(({ name }) => name === namespace)?.labels ?? {};
    const namespaceFits =
      one.namespaceSelector === undefined
        ? namespace === own
        : holds(one.namespaceSelector, ofNamespace);
    return namespaceFits && (one.podSelector === undefined || holds(one.podSelector, labels));
  };

  const opens = ({ protocol: wanted, port: number, endPort }: NetworkPolicyPort): boolean => {
    if (asked.protocol !== wanted) return false;
    if (number === undefined) return true;
    if (typeof number === 'number') {
      return endPort === undefined
        ? asked.port === number
        : number <= asked.port && asked.port <= endPort;
    }
    const declared = to.pod?.ports.filter(({ name }) => name === number) ?? [];
    return declared.some((each) => each.protocol === wanted && each.port === asked.port);
  };

  return sideAllows(from, to, 'Egress') && sideAllows(to, from, 'Ingress');
}

function holds({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(matchLabels)) if (labels[key] !== value) return false;
  for (const { key, operator, values } of matchExpressions) {
    const value = labels[key];
    const listed = value !== undefined && values.includes(value);
    if (operator === 'In' && !listed) return false;
    if (operator === 'NotIn' && listed) return false;
    if (operator === 'Exists' && value === undefined) return false;
    if (operator === 'DoesNotExist' && value !== undefined) return false;
  }
  return true;
}

function describeEnd(
  given: PolicyFlow['from'],
  family: PolicyFlow['family'],
): { readonly address: Ip; readonly pod?: Pod; readonly node?: string } {
  if (given.kind === 'address') return { address: given.address };
  if (given.kind === 'node') {
    const number = given.name.at(-1);
    const address = parseIp(family === 4 ? `192.168.0.${number}` : `fd01::${number}`);
    return { address, node: given.name };
  }
  const pod = pods.find(
    ({ namespace, name }) => namespace === given.namespace && name === given.name,
  );
  const address = pod?.ips.find((ip) => familyOf(ip) === family);
  if (pod === undefined || address === undefined) throw new Error('no such pod');
  return pod.hostNetwork ? { address, node: pod.node } : { address, pod };
}
