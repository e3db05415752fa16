import type { Cluster } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import { joinRanges, rangeText } from './ranges.ts';

const EXTERNAL = /^(.+)-(.+)\[External\]$/;

/** What the analyzer calls a workload, and what it is: it names the ReplicaSet of a pod, not the Deployment. */
export const directOwners = (cluster: Cluster): ReadonlyMap<string, string> =>
  new Map(
    [...cluster.pods.values()].flatMap(({ namespace, owner, labels }) => {
      const hash = labels['pod-template-hash'];
      return owner.kind === 'Deployment' && hash !== undefined
        ? [
            [
              `${namespace}/${owner.name}-${hash}[ReplicaSet]`,
              `${namespace}/${owner.name}[Deployment]`,
            ],
          ]
        : [];
    }),
  );

/**
 * The lines of a `connlist.txt`, written the one way: the analyzer sometimes leaves neighbouring ranges
 * with the same connections apart. Leaves out lines that come from Ingress and Route objects, which say nothing
 * about policy.
 */
export const parseList = (text: string, names: ReadonlyMap<string, string>): readonly string[] => {
  const lines: string[] = [];
  const ranges = new Map<string, Parameters<typeof joinRanges>[0][number][]>();
  for (const line of text.split('\n')) {
    const [, from, to, connections] = /^(.+) => (.+) : (.+)$/.exec(line) ?? [];
    if (from === undefined || to === undefined || connections === undefined) continue;
    if (from === '{ingress-controller}') continue;
    const [source, destination] = [names.get(from) ?? from, names.get(to) ?? to];
    const outside = EXTERNAL.exec(source) ?? EXTERNAL.exec(destination);
    const [, first, last] = outside ?? [];
    if (first === undefined || last === undefined) {
      lines.push(`${source} => ${destination} : ${connections}`);
      continue;
    }
    const pair = EXTERNAL.test(source) ? `* => ${destination}` : `${source} => *`;
    const known = ranges.get(pair) ?? [];
    known.push({ range: { first: parseIp(first), last: parseIp(last) }, text: connections });
    ranges.set(pair, known);
  }
  for (const [pair, list] of ranges) {
    for (const { range, text } of joinRanges(list)) {
      lines.push(`${pair.replace('*', () => rangeText(range))} : ${text}`);
    }
  }
  return lines.toSorted();
};
