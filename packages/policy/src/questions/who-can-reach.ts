import type { Cluster } from '@podpath/cluster';
import type { IpFamily } from '@podpath/net';
import { allowsNothing, type ConnectionSet, commonTo } from '../connection-set.ts';
import { getOrAdd } from '../get-or-add.ts';
import {
  type Reachability,
  type ReachabilityEnd,
  type ReachabilityOptions,
  reachability,
} from '../reachability.ts';
import type { Verdict } from '../verdict.ts';
import { type TrafficFilter, trafficOf } from './by-family.ts';
import { type End, endOf } from './end.ts';
import { isIn } from './end-pattern.ts';
import type { Target } from './target.ts';

export interface WhoCanReachQuestion extends Omit<ReachabilityOptions, 'namespaces'> {
  readonly to: Target;
  readonly traffic?: TrafficFilter;
}

/** Who can reach a target and who cannot, with what decides. Plain data. */
export interface WhoCanReach {
  /** Whom `from` of answers points to. */
  readonly ends: readonly End[];
  /** The target; several where policies tell its pods apart. */
  readonly to: readonly End[];
  /** Those that allow first. Together they are about all traffic that was asked about. */
  readonly answers: readonly ReachAnswer[];
}

/** What one verdict is about. */
export interface ReachAnswer {
  /** Index of the target in `to`. */
  readonly to: number;
  /** Indexes of `ends`, ascending. */
  readonly from: readonly number[];
  readonly families: readonly IpFamily[];
  readonly connections: ConnectionSet;
  readonly verdict: Verdict;
}

export const whoCanReach = (cluster: Cluster, question: WhoCanReachQuestion): WhoCanReach => {
  const { to: target, traffic, ...options } = question;
  const known = reachability(cluster, options);
  const targets = targetEnds(known, target);
  const asked = trafficOf(traffic);
  const answers = targets.flatMap(({ index }, to) => answersFor(known, index, to, asked));
  return {
    ends: known.ends.map(endOf),
    to: targets.map(({ end }) => endOf(end)),
    answers: [
      ...answers.filter(({ verdict }) => verdict.allowed),
      ...answers.filter(({ verdict }) => !verdict.allowed),
    ],
  };
};

/** The ends that the target is in, narrowed to it. */
const targetEnds = (
  { ends }: Reachability,
  target: Target,
): readonly { readonly index: number; readonly end: ReachabilityEnd }[] =>
  ends.flatMap((end, index) => {
    const narrowed = narrowedTo(end, target);
    return narrowed === undefined ? [] : [{ index, end: narrowed }];
  });

const narrowedTo = (end: ReachabilityEnd, target: Target): ReachabilityEnd | undefined => {
  switch (target.kind) {
    case 'pods': {
      const [first] = target.pods;
      if (end.kind !== 'workload' || first === undefined) return undefined;
      if (end.namespace !== first.namespace || end.owner.name !== first.owner.name)
        return undefined;
      const names = new Set(target.pods.map(({ name }) => name));
      const pods = end.pods.filter((name) => names.has(name));
      return pods.length === 0 ? undefined : { ...end, pods };
    }
    case 'node':
      return end.kind === 'nodes' && end.nodes.includes(target.node)
        ? { ...end, nodes: [target.node] }
        : undefined;
    case 'outside':
      return end.kind === 'outside' && isIn(target.address, end.ranges)
        ? { ...end, ranges: [{ first: target.address, last: target.address }], named: true }
        : undefined;
  }
};

/** Sources with one answer are put together. */
const answersFor = (
  { ends, families, verdicts }: Reachability,
  target: number,
  to: number,
  asked: ConnectionSet,
): readonly ReachAnswer[] => {
  const answers = new Map<string, ReachAnswer & { readonly from: number[] }>();
  for (const from of ends.keys()) {
    const ofSource = new Map<string, Omit<ReachAnswer, 'to' | 'from'> & { families: IpFamily[] }>();
    for (const family of families) {
      for (const { verdict, traffic } of verdicts(from, target, family)) {
        const connections = commonTo(traffic, asked);
        if (allowsNothing(connections)) continue;
        const key = JSON.stringify([verdict, connections]);
        getOrAdd(ofSource, key, () => ({ families: [], connections, verdict })).families.push(
          family,
        );
      }
    }
    for (const [key, answer] of ofSource) {
      const joined = `${answer.families.join()} ${key}`;
      getOrAdd(answers, joined, () => ({ to, from: [], ...answer })).from.push(from);
    }
  }
  return [...answers.values()];
};
