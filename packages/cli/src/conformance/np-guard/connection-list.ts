import type { Cluster } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import {
  type ConnectionSet,
  type PolicyModel,
  type Reachability,
  type ReachabilityEnd,
  type Rule,
  reachability,
  translatePolicies,
} from '@podpath/policy';
import { connectionsText } from './connections-text.ts';
import { joinRanges, rangeText } from './ranges.ts';

/**
 * A cluster's connections as np-guard's analyzer lists them: `SRC => DST : CONNS`, a line for each pair of
 * workloads and address ranges that has any, sorted. Its rules differ from a plugin's on purpose: a workload is
 * one node without inner traffic, address blocks never mean workloads, and host networking is ignored.
 */
export const connectionList = (given: Cluster): readonly string[] => {
  const cluster = withoutAddresses(given);
  const model = translatePolicies(cluster);
  const lines = new Set([
    ...betweenWorkloads(reachability(cluster, { model: withoutBlocks(model) })),
    ...withOutside(reachability(cluster, { model })),
  ]);
  return [...lines].toSorted();
};

/** Over the first family that both ends have. */
const connectionsOf = (
  { families, connections }: Reachability,
  from: number,
  to: number,
): ConnectionSet | undefined => {
  for (const family of families) {
    const set = connections(from, to, family);
    if (set !== undefined) return set;
  }
  return undefined;
};

function* betweenWorkloads(answer: Reachability): Generator<string> {
  const { ends } = answer;
  for (const [i, from] of ends.entries()) {
    for (const [j, to] of ends.entries()) {
      if (from.kind !== 'workload' || to.kind !== 'workload') continue;
      const [source, destination] = [workloadText(from), workloadText(to)];
      const text = connectionsText(connectionsOf(answer, i, j));
      if (text !== '' && source !== destination) yield `${source} => ${destination} : ${text}`;
    }
  }
}

function* withOutside(answer: Reachability): Generator<string> {
  const { ends } = answer;
  const outside = ends.flatMap((end, index) =>
    end.kind === 'outside' ? end.ranges.map((range) => ({ index, range })) : [],
  );
  for (const [i, end] of ends.entries()) {
    if (end.kind !== 'workload') continue;
    const workload = workloadText(end);
    const into = outside.map(({ index, range }) => ({
      range,
      text: connectionsText(connectionsOf(answer, index, i)),
    }));
    const out = outside.map(({ index, range }) => ({
      range,
      text: connectionsText(connectionsOf(answer, i, index)),
    }));
    for (const { range, text } of joinRanges(into)) {
      yield `${rangeText(range)} => ${workload} : ${text}`;
    }
    for (const { range, text } of joinRanges(out)) {
      yield `${workload} => ${rangeText(range)} : ${text}`;
    }
  }
}

const workloadText = ({
  namespace,
  owner,
}: Extract<ReachabilityEnd, { readonly kind: 'workload' }>): string =>
  `${namespace}/${owner.name}[${owner.kind}]`;

/** Every pod is an ordinary one, at an address that leaves every range some other address. */
const withoutAddresses = (cluster: Cluster): Cluster => ({
  ...cluster,
  nodes: new Map(),
  pods: new Map(
    [...cluster.pods].map(([key, pod]) => [
      key,
      { ...pod, hostNetwork: false, ips: [parseIp('255.255.255.254')] },
    ]),
  ),
});

/** A rule whose peers are all blocks then matches nobody, as is meant between workloads. */
const withoutBlocks = ({ tiers, ...model }: PolicyModel): PolicyModel => ({
  ...model,
  tiers: tiers.map((tier) => ({
    ...tier,
    policies: tier.policies.map((policy) => ({
      ...policy,
      ...(policy.ingress === undefined ? {} : { ingress: policy.ingress.map(withPodPeers) }),
      ...(policy.egress === undefined ? {} : { egress: policy.egress.map(withPodPeers) }),
    })),
  })),
});

const withPodPeers = (rule: Rule): Rule => ({
  ...rule,
  from: selectedOnly(rule.from),
  to: selectedOnly(rule.to),
});

const selectedOnly = (ends: Rule['from']): Rule['from'] =>
  ends === 'anyone' ? ends : ends.filter(({ labels }) => labels !== undefined);
