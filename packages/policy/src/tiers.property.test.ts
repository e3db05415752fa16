import type {
  Cluster,
  ClusterNetworkPolicy,
  ClusterNetworkPolicyRule,
  LabelSelector,
  Labels,
  NetworkPolicy,
  Pod,
} from '@podpath/cluster';
import { familyOf, type Ip, parseIp, prefixContains } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setAllows } from './connection-set.ts';
import { createEvaluator } from './evaluator.ts';
import type { PolicyFlow } from './flow.ts';
import { flow, namespaces, pods, policies } from './test-arbitraries.ts';
import { testCluster } from './test-cluster.ts';
import { clusterPolicies, clusterRule } from './test-model-arbitraries.ts';
import type { Direction } from './verdict.ts';

const clusterOf = (
  list: readonly NetworkPolicy[],
  clusterNetworkPolicies: readonly ClusterNetworkPolicy[],
): Cluster => ({ ...testCluster({ namespaces, pods, policies: list }), clusterNetworkPolicies });

const evaluate = (list: readonly NetworkPolicy[], scoped: readonly ClusterNetworkPolicy[]) =>
  createEvaluator(clusterOf(list, scoped));

const DIRECTIONS = ['ingress', 'egress'] as const;

describe('laws of cluster-scoped policies', () => {
  it('agree with the API text written down once more', () => {
    fc.assert(
      fc.property(policies, clusterPolicies, flow, (list, scoped, asked) => {
        const verdict = evaluate(list, scoped).verdict(asked);
        for (const direction of DIRECTIONS) {
          expect({ direction, allowed: verdict[direction].allowed }).toEqual({
            direction,
            allowed: naive(list, scoped, asked, direction),
          });
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('the order of objects never matters, priorities alone do', () => {
    fc.assert(
      fc.property(policies, clusterPolicies, flow, (list, scoped, asked) => {
        expect(evaluate(list, scoped.toReversed()).verdict(asked)).toEqual(
          evaluate(list, scoped).verdict(asked),
        );
      }),
    );
  });

  it('a rule that allows, put last into a tier that passes, never takes access away', () => {
    fc.assert(
      fc.property(policies, clusterPolicies, clusterRule('ingress'), flow, (...args) => {
        const [list, [a, b, c, d], rule, asked] = args;
        const added = { ...b, ingress: [...b.ingress, { ...rule, action: 'Allow' as const }] };
        if (evaluate(list, [a, b, c, d]).verdict(asked).allowed) {
          expect(evaluate(list, [a, added, c, d]).verdict(asked).allowed).toBe(true);
        }
      }),
    );
  });

  it('a rule that denies, put first, never gives any', () => {
    fc.assert(
      fc.property(policies, clusterPolicies, clusterRule('egress'), flow, (...args) => {
        const [list, [a, ...others], rule, asked] = args;
        const added = { ...a, egress: [{ ...rule, action: 'Deny' as const }, ...a.egress] };
        if (!evaluate(list, [a, ...others]).verdict(asked).allowed) {
          expect(evaluate(list, [added, ...others]).verdict(asked).allowed).toBe(false);
        }
      }),
    );
  });

  it('Pass for all is a tier that is not there', () => {
    const everyone = { matchLabels: {}, matchExpressions: [] };
    const pass: ClusterNetworkPolicyRule = {
      action: 'Pass',
      peers: [
        { kind: 'pods', namespaces: everyone },
        { kind: 'nodes', selector: everyone },
        { kind: 'networks', cidrs: ['0.0.0.0/0', '::/0'].map((text) => prefix(text)) },
      ],
      ports: [],
    };
    fc.assert(
      fc.property(policies, clusterPolicies, flow, (list, [a, b, c, d], asked) => {
        const first: ClusterNetworkPolicy = {
          ...a,
          priority: 0,
          subject: { namespaces: everyone },
          ingress: [],
          egress: [pass],
        };
        const passed = evaluate(list, [first, { ...a, priority: 5 }, b, c, d]).verdict(asked);
        expect(passed.egress.allowed).toBe(evaluate(list, [c, d]).verdict(asked).egress.allowed);
      }),
    );
  });

  it('the two ends are each other’s mirror where rules are', () => {
    const mirrored = (policy: ClusterNetworkPolicy): ClusterNetworkPolicy => ({
      ...policy,
      ingress: policy.egress.map(podsAlone),
      egress: policy.ingress,
    });
    const podsAlone = (rule: ClusterNetworkPolicyRule): ClusterNetworkPolicyRule => ({
      ...rule,
      peers: rule.peers.filter(({ kind }) => kind === 'pods'),
    });
    fc.assert(
      fc.property(clusterPolicies, flow, (scoped, asked) => {
        // Names of ports are the destination's, which a mirror does not change.
        const plain = scoped.map((policy) => ({
          ...policy,
          ingress: policy.ingress.map(withoutNames),
          egress: policy.egress.map(podsAlone).map(withoutNames),
        }));
        const there = evaluate([], plain).verdict(asked);
        const back = evaluate([], plain.map(mirrored)).verdict({
          ...asked,
          from: asked.to,
          to: asked.from,
        });
        expect([back.ingress.allowed, back.egress.allowed]).toEqual([
          there.egress.allowed,
          there.ingress.allowed,
        ]);
      }),
    );
  });

  it('connections are the verdicts of all ports', () => {
    fc.assert(
      fc.property(policies, clusterPolicies, flow, (list, scoped, asked) => {
        const evaluator = evaluate(list, scoped);
        const set = evaluator.connections(asked);
        expect(setAllows(set, asked.protocol, asked.port)).toBe(evaluator.verdict(asked).allowed);
      }),
      { numRuns: 500 },
    );
  });
});

const prefix = (text: string) => {
  const [address = '', length = ''] = text.split('/');
  return { address: parseIp(address), length: Number(length) };
};

const withoutNames = (rule: ClusterNetworkPolicyRule): ClusterNetworkPolicyRule => ({
  ...rule,
  ports: rule.ports.filter((port) => !('name' in port)),
});

interface End {
  readonly address: Ip;
  readonly pod?: Pod;
  readonly node?: string;
}

/** The cluster-scoped API as its documentation tells it, with nothing shared with the evaluator but the types. */
function naive(
  list: readonly NetworkPolicy[],
  scoped: readonly ClusterNetworkPolicy[],
  asked: PolicyFlow,
  direction: Direction,
): boolean {
  const from = describeEnd(asked.from, asked.family);
  const to = describeEnd(asked.to, asked.family);
  const [self, other] = direction === 'ingress' ? [to, from] : [from, to];
  if (self.pod === undefined || self.pod === other.pod || self.pod.node === other.node) return true;

  const firstOf = (tier: ClusterNetworkPolicy['tier']) => {
    const selecting = scoped
      .filter((each) => each.tier === tier && isAmong(each.subject, self.pod))
      .toSorted((a, b) => a.priority - b.priority);
    for (const each of selecting) {
      for (const rule of each[direction]) {
        const peerFits = rule.peers.some((peer) => {
          switch (peer.kind) {
            case 'pods':
              return isAmong(peer, other.pod);
            case 'nodes':
              return other.node !== undefined;
            case 'networks':
              return peer.cidrs.some((cidr) => prefixContains(cidr, other.address));
            default:
              return false;
          }
        });
        const portFits =
          rule.ports.length === 0 ||
          rule.ports.some((each) => {
            if ('name' in each) {
              return to.pod?.ports.some(
                (port) =>
                  port.name === each.name &&
                  port.port === asked.port &&
                  port.protocol === asked.protocol,
              );
            }
            const { first = 0, last = 65535 } = each;
            return each.protocol === asked.protocol && first <= asked.port && asked.port <= last;
          });
        if (peerFits && portFits) return rule.action;
      }
    }
    return undefined;
  };

  const admin = firstOf('Admin');
  if (admin === 'Allow' || admin === 'Deny') return admin === 'Allow';
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const isolated = list.some(
    ({ policyTypes, namespace, podSelector }) =>
      policyTypes.includes(type) &&
      namespace === self.pod?.namespace &&
      holds(podSelector, self.pod.labels),
  );
  // What NetworkPolicies say by themselves has a naive telling of its own.
  if (isolated) return createEvaluator(clusterOf(list, [])).verdict(asked)[direction].allowed;
  return firstOf('Baseline') !== 'Deny';
}

function isAmong(
  { namespaces: inNamespaces, pods: ofPods }: ClusterNetworkPolicy['subject'],
  pod: Pod | undefined,
): boolean {
  if (pod === undefined) return false;
  const labels = namespaces.find(({ name }) => name === pod.namespace)?.labels ?? {};
  return holds(inNamespaces, labels) && (ofPods === undefined || holds(ofPods, pod.labels));
}

function holds({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        default:
          return value === undefined;
      }
    })
  );
}

function describeEnd(given: PolicyFlow['from'], family: PolicyFlow['family']): End {
  if (given.kind === 'address') return { address: given.address };
  if (given.kind === 'node') {
    const number = given.name.at(-1);
    return {
      address: parseIp(family === 4 ? `192.168.0.${number}` : `fd01::${number}`),
      node: given.name,
    };
  }
  const pod = pods.find(
    ({ namespace, name }) => namespace === given.namespace && name === given.name,
  );
  const address = pod?.ips.find((ip) => familyOf(ip) === family);
  if (pod === undefined || address === undefined) throw new Error('no such pod');
  return pod.hostNetwork ? { address, node: pod.node } : { address, pod };
}
