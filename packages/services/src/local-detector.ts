import type { Node } from '@podpath/cluster';
import type { Match } from '@podpath/linux';
import { familyOf, type IpFamily, type Prefix } from '@podpath/net';
import type { KubeProxyOptions } from './kube-proxy-options.ts';

/** The matches that tell whether a packet comes from a pod, as kube-proxy was told to detect it. */
export interface LocalDetector {
  readonly isLocal: Match;
  readonly isNotLocal: Match;
}

/** Absent when there is nothing to detect by: then pods are not told apart and ClusterIP traffic is not masqueraded. */
export function localDetector(
  { localDetector: by }: KubeProxyOptions,
  node: Node,
  family: IpFamily,
): LocalDetector | undefined {
  switch (by.kind) {
    case 'cluster-cidr':
      return bySource(by.cidrs, family);
    case 'node-cidr':
      return bySource(node.podCidrs, family);
    case 'bridge':
      return byDevice(by.name);
    case 'interface-prefix':
      return byDevice(`${by.prefix}+`);
    case 'none':
      return undefined;
  }
}

function bySource(cidrs: readonly Prefix[], family: IpFamily): LocalDetector | undefined {
  const prefix = cidrs.find((cidr) => familyOf(cidr.address) === family);
  if (prefix === undefined) return undefined;
  return {
    isLocal: { kind: 'source', prefix },
    isNotLocal: { kind: 'source', prefix, invert: true },
  };
}

const byDevice = (name: string): LocalDetector => ({
  isLocal: { kind: 'in-interface', name },
  isNotLocal: { kind: 'in-interface', name, invert: true },
});
