import { addToIp, compareIps, type Ip, type IpFamily } from '@podpath/net';
import type { AddressRange } from '../address-classes.ts';
import { getOrAdd } from '../get-or-add.ts';
import type { Reachability, ReachabilityEnd } from '../reachability.ts';

/** Ends of two clusters that are the same pods, nodes or addresses. */
export interface JointEnd {
  readonly end: ReachabilityEnd;
  /** Its index in each. */
  readonly before: number;
  readonly after: number;
}

type Workload = Extract<ReachabilityEnd, { kind: 'workload' }>;
type Outside = Extract<ReachabilityEnd, { kind: 'outside' }>;

/**
 * What two clusters have in common. Workloads are the same by namespace, kind and name; where policies tell a workload's pods
 * apart, those are by their names, and when no name is in both, any part may be any other. Nodes are the same by
 * name, addresses as they are.
 */
export const jointEnds = (before: Reachability, after: Reachability): readonly JointEnd[] => [
  ...jointWorkloads(before, after),
  ...jointNodes(before, after),
  ...([4, 6] as const).flatMap((family) => jointOutside(before, after, family)),
];

/** `namespace/name (Kind)` of workloads that only the first of two clusters has, each once. */
export const workloadsOnlyIn = (one: Reachability, other: Reachability): readonly string[] => {
  const known = partsByWorkload(other);
  return [...partsByWorkload(one)].flatMap(([key, [first]]) => {
    if (known.has(key) || first === undefined) return [];
    const { namespace, owner } = first[1];
    return [`${namespace}/${owner.name}${owner.kind === 'Pod' ? '' : ` (${owner.kind})`}`];
  });
};

type Part<End> = readonly [index: number, end: End];

const partsByWorkload = ({
  ends,
}: Reachability): ReadonlyMap<string, readonly Part<Workload>[]> => {
  const parts = new Map<string, Part<Workload>[]>();
  for (const [index, end] of ends.entries()) {
    if (end.kind !== 'workload') continue;
    const key = [end.namespace, end.owner.name, end.owner.kind].join('\0');
    getOrAdd(parts, key, () => []).push([index, end]);
  }
  return parts;
};

function* jointWorkloads(before: Reachability, after: Reachability): Generator<JointEnd> {
  const later = partsByWorkload(after);
  for (const [key, olds] of partsByWorkload(before)) {
    const pairs = olds.flatMap(([old, { pods }]) =>
      (later.get(key) ?? []).map(([now, end]) => {
        const names = new Set(pods);
        return { old, now, end, pods: end.pods.filter((name) => names.has(name)) };
      }),
    );
    const named = pairs.filter(({ pods }) => pods.length > 0);
    for (const { old, now, end } of named.length === 0 ? pairs : []) {
      yield { end, before: old, after: now };
    }
    for (const { old, now, end, pods } of named) {
      // With one part in each there is nothing to tell apart by names.
      const isWhole = pairs.length === 1;
      yield { end: isWhole ? end : { ...end, pods }, before: old, after: now };
    }
  }
}

function* jointNodes(before: Reachability, after: Reachability): Generator<JointEnd> {
  for (const [old, one] of before.ends.entries()) {
    if (one.kind !== 'nodes') continue;
    const names = new Set(one.nodes);
    for (const [now, other] of after.ends.entries()) {
      if (other.kind !== 'nodes') continue;
      const nodes = other.nodes.filter((name) => names.has(name));
      if (nodes.length > 0) yield { end: { ...other, nodes }, before: old, after: now };
    }
  }
}

/** Cuts the addresses outside wherever one of both cuts them. */
const jointOutside = (
  before: Reachability,
  after: Reachability,
  family: IpFamily,
): readonly JointEnd[] => {
  const joint = new Map<
    string,
    JointEnd & { readonly end: Outside & { ranges: AddressRange[] } }
  >();
  const olds = rangesIn(before, family);
  const news = rangesIn(after, family);
  for (let i = 0, j = 0; i < olds.length && j < news.length; ) {
    const old = olds[i];
    const now = news[j];
    if (old === undefined || now === undefined) break;
    const first = compareIps(old.first, now.first) > 0 ? old.first : now.first;
    const last = compareIps(old.last, now.last) < 0 ? old.last : now.last;
    if (compareIps(first, last) <= 0) {
      const known = getOrAdd(joint, `${old.index} ${now.index}`, () => ({
        end: { kind: 'outside' as const, family, ranges: [], named: old.named || now.named },
        before: old.index,
        after: now.index,
      }));
      append(known.end.ranges, { first, last });
    }
    if (compareIps(old.last, now.last) <= 0) i += 1;
    else j += 1;
  }
  return [...joint.values()];
};

const append = (ranges: AddressRange[], range: AddressRange): void => {
  const previous = ranges.at(-1);
  if (previous !== undefined && isNext(previous.last, range.first)) {
    ranges.splice(-1, 1, { first: previous.first, last: range.last });
  } else {
    ranges.push(range);
  }
};

const isNext = (last: Ip, first: Ip): boolean =>
  compareIps(last, first) < 0 && addToIp(last, 1) === first;

const rangesIn = ({ ends }: Reachability, family: IpFamily) =>
  [...ends.entries()]
    .flatMap(([index, end]) =>
      end.kind === 'outside' && end.family === family
        ? end.ranges.map((range) => ({ ...range, index, named: end.named }))
        : [],
    )
    .toSorted((a, b) => compareIps(a.first, b.first));
