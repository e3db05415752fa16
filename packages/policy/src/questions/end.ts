import type { WorkloadRef } from '@podpath/cluster';
import { formatIp, formatPrefix, type IpFamily, lastAddress, prefixOf } from '@podpath/net';
import type { AddressRange } from '../address-classes.ts';
import type { ReachabilityEnd } from '../reachability.ts';

/** Who is at an end of connections, as answers have it: plain data. */
export type End =
  | {
      readonly kind: 'workload';
      /** For people; unique in an answer. */
      readonly name: string;
      readonly namespace: string;
      readonly owner: WorkloadRef;
      /** Names of the pods that are meant, of the `workloadSize` that the workload has. */
      readonly pods: readonly string[];
      readonly workloadSize: number;
    }
  | { readonly kind: 'nodes'; readonly name: string; readonly nodes: readonly string[] }
  | {
      readonly kind: 'outside';
      readonly name: string;
      readonly family: IpFamily;
      /** Both ends are included. */
      readonly ranges: readonly { readonly first: string; readonly last: string }[];
    };

export const endOf = (end: ReachabilityEnd): End => {
  const name = nameOf(end);
  switch (end.kind) {
    case 'workload': {
      const { kind, namespace, owner, pods, workloadSize } = end;
      return { kind, name, namespace, owner: { ...owner }, pods, workloadSize };
    }
    case 'nodes':
      return { kind: end.kind, name, nodes: end.nodes };
    case 'outside': {
      const ranges = end.ranges.map(({ first, last }) => ({
        first: formatIp(first),
        last: formatIp(last),
      }));
      return { kind: end.kind, name, family: end.family, ranges };
    }
  }
};

const MOST_SHOWN = 3;

/** `shop/web (Deployment, 1 of 3 pods)`, `node n1`, `all 5 nodes`, `outside`, `outside 10.0.0.0/8`. */
const nameOf = (end: ReachabilityEnd): string => {
  switch (end.kind) {
    case 'workload': {
      const { namespace, owner, pods, workloadSize } = end;
      const [only] = pods;
      const about = [
        ...(owner.kind === 'Pod' ? [] : [owner.kind]),
        ...(pods.length === workloadSize
          ? []
          : [
              pods.length === 1
                ? `pod ${only}`
                : `${pods.length} of ${workloadSize} pods, as ${only}`,
            ]),
      ];
      return `${namespace}/${owner.name}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
    }
    case 'nodes':
      if (end.nodes.length === end.clusterSize && end.clusterSize > 1) {
        return `all ${end.clusterSize} nodes`;
      }
      return `${end.nodes.length === 1 ? 'node' : 'nodes'} ${shortList(end.nodes)}`;
    case 'outside':
      if (!end.named) return end.family === 4 ? 'outside' : 'outside, IPv6';
      return `outside ${shortList(end.ranges.map(formatAddressRange))}`;
  }
};

const shortList = (texts: readonly string[]): string => {
  const more = texts.length - MOST_SHOWN;
  return `${texts.slice(0, MOST_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

/** As a prefix where it is one, else as `FIRST-LAST`. */
export const formatAddressRange = ({ first, last }: AddressRange): string => {
  for (let length = 0; length <= (typeof first === 'number' ? 32 : 128); length += 1) {
    const prefix = prefixOf(first, length);
    if (prefix.address === first && lastAddress(prefix) === last) return formatPrefix(prefix);
  }
  return `${formatIp(first)}-${formatIp(last)}`;
};
