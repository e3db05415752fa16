import type { Cluster } from '@podpath/cluster';
import type { IpFamily } from '@podpath/net';
import type { Knowledge } from '../address-knowledge.ts';
import {
  allowsNothing,
  type ConnectionSet,
  commonTo,
  joined,
  NOTHING_ALLOWED,
} from '../connection-set.ts';
import { getOrAdd } from '../get-or-add.ts';
import { type Reachability, reachability } from '../reachability.ts';
import type { Direction, DirectionVerdict, Verdict } from '../verdict.ts';
import { type End, endOf } from './end.ts';
import { type JointEnd, jointEnds, workloadsOnlyIn } from './joint-ends.ts';

/** What two states of a cluster allow differently. Plain data. */
export interface PolicyDiff {
  /** Who is in both: what is in one only has nothing to be compared with. */
  readonly ends: readonly End[];
  readonly gained: readonly ChangedConnections[];
  readonly lost: readonly ChangedConnections[];
  /** Names of workloads that are in one only. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

/** Connections on which the verdict has become another, for one reason. */
export interface ChangedConnections {
  /** From each of the first to each of the second, as indexes of `ends`. */
  readonly between: readonly {
    readonly from: readonly number[];
    readonly to: readonly number[];
  }[];
  readonly families: readonly IpFamily[];
  readonly connections: ConnectionSet;
  /** Those who say something else than before; what others say is no reason. */
  readonly steps: readonly ChangedStep[];
}

/** Somebody who is asked about connections and has come to another answer. */
export interface ChangedStep {
  /** At the source, or of a host endpoint on the way. */
  readonly direction: Direction;
  /** Absent: it is the end itself. */
  readonly hostEndpoint?: { readonly node: string; readonly name: string };
  /** Absent where a host endpoint was not asked. */
  readonly before?: DirectionVerdict;
  readonly after?: DirectionVerdict;
}

/** Compares all pairs of ends that both clusters have. `knowledgeOf` says what is known of each besides its objects. */
export const diffPolicies = (
  before: Cluster,
  after: Cluster,
  knowledgeOf: (cluster: Cluster) => Knowledge = () => ({}),
): PolicyDiff => {
  const old = reachability(before, { knowledge: knowledgeOf(before) });
  const now = reachability(after, { knowledge: knowledgeOf(after) });
  const ends = jointEnds(old, now);
  const changes = createChanges();
  const families = old.families.filter((family) => now.families.includes(family));
  const textOf = createTexts();
  for (const [from, source] of ends.entries()) {
    for (const [to, destination] of ends.entries()) {
      let differs = false;
      for (const family of families) {
        const was = old.connections(source.before, destination.before, family);
        const is = now.connections(source.after, destination.after, family);
        if (was === is || was === undefined || is === undefined) continue;
        if (textOf(was) !== textOf(is)) differs = true;
      }
      if (!differs) continue;
      changes.add(from, to, changesBetween(old, now, source, destination, families));
    }
  }
  return {
    ends: ends.map(({ end }) => endOf(end)),
    gained: changes.of(true),
    lost: changes.of(false),
    onlyBefore: workloadsOnlyIn(old, now),
    onlyAfter: workloadsOnlyIn(now, old),
  };
};

/** Equal texts for equal sets; each set is written once. */
const createTexts = (): ((set: ConnectionSet) => string) => {
  const texts = new Map<ConnectionSet, string>();
  return (set) => getOrAdd(texts, set, () => JSON.stringify(set));
};

type Change = Omit<ChangedConnections, 'between'> & { readonly allowed: boolean };

const changesBetween = (
  old: Reachability,
  now: Reachability,
  from: JointEnd,
  to: JointEnd,
  families: readonly IpFamily[],
): readonly Change[] => {
  const changes = new Map<string, Change & { families: IpFamily[] }>();
  for (const family of families) {
    const later = now.verdicts(from.after, to.after, family);
    const ofFamily = new Map<string, Omit<Change, 'families'>>();
    for (const was of old.verdicts(from.before, to.before, family)) {
      for (const is of later) {
        if (was.verdict.allowed === is.verdict.allowed) continue;
        const connections = commonTo(was.traffic, is.traffic);
        if (allowsNothing(connections)) continue;
        const { allowed } = is.verdict;
        const steps = changedSteps(was.verdict, is.verdict);
        const key = JSON.stringify([allowed, steps]);
        const known = ofFamily.get(key)?.connections ?? NOTHING_ALLOWED;
        ofFamily.set(key, { connections: joined(known, connections), steps, allowed });
      }
    }
    for (const change of ofFamily.values()) {
      const known = getOrAdd(changes, JSON.stringify(change), () => ({ families: [], ...change }));
      known.families.push(family);
    }
  }
  return [...changes.values()];
};

const changedSteps = (before: Verdict, after: Verdict): readonly ChangedStep[] => {
  const [olds, news] = [stepsOf(before), stepsOf(after)];
  return [...new Map([...olds, ...news]).keys()].flatMap((key) => {
    const [was, is] = [olds.get(key), news.get(key)];
    const some = is ?? was;
    if (some === undefined || was?.verdict.allowed === is?.verdict.allowed) return [];
    const { direction, hostEndpoint } = some;
    return [
      {
        direction,
        ...(hostEndpoint === undefined ? {} : { hostEndpoint }),
        ...(was === undefined ? {} : { before: was.verdict }),
        ...(is === undefined ? {} : { after: is.verdict }),
      },
    ];
  });
};

type Step = Pick<ChangedStep, 'direction' | 'hostEndpoint'> & {
  readonly verdict: DirectionVerdict;
};

/** By a name that is the same in both verdicts, in the order in which connections come to them. */
const stepsOf = ({ egress, ingress, hosts = [] }: Verdict): ReadonlyMap<string, Step> =>
  new Map<string, Step>([
    ['egress', { direction: 'egress', verdict: egress }],
    ...hosts.map(({ node, hostEndpoint: name, direction, verdict }): [string, Step] => [
      `${direction} ${node} ${name}`,
      { direction, hostEndpoint: { node, name }, verdict },
    ]),
    ['ingress', { direction: 'ingress', verdict: ingress }],
  ]);

/** Puts pairs together whose connections have changed in the same way. */
const createChanges = () => {
  const known = new Map<string, { change: Change; pairs: Map<number, number[]> }>();
  return {
    add: (from: number, to: number, changes: readonly Change[]): void => {
      for (const change of changes) {
        const entry = getOrAdd(known, JSON.stringify(change), () => ({
          change,
          pairs: new Map<number, number[]>(),
        }));
        getOrAdd(entry.pairs, from, () => []).push(to);
      }
    },
    of: (gained: boolean): readonly ChangedConnections[] =>
      [...known.values()].flatMap(({ change: { allowed, ...change }, pairs }) =>
        allowed === gained ? [{ between: rectangles(pairs), ...change }] : [],
      ),
  };
};

/** Sources that have the same destinations, with these. */
const rectangles = (
  pairs: ReadonlyMap<number, readonly number[]>,
): ChangedConnections['between'] => {
  const known = new Map<string, { from: number[]; to: readonly number[] }>();
  for (const [from, to] of pairs) {
    getOrAdd(known, to.join(), () => ({ from: [], to })).from.push(from);
  }
  return [...known.values()];
};
