import type { Cluster, Node } from '@podpath/cluster';
import { planUnderlay } from '@podpath/cni';
import { familyOf, type Ip, type IpFamily, type Mac, type Prefix, parseMac } from '@podpath/net';
import { macFor } from './names.ts';

/** What a node announces to the others in one family: flannel keeps it in the Node's annotations. */
export interface Lease {
  readonly node: string;
  readonly family: IpFamily;
  readonly subnet: Prefix;
  readonly publicIp: Ip;
  /** Of the node's VXLAN device, the tunnel's end point. */
  readonly vtepMac: Mac;
  /** Whether the node is on the link that the others are on, so that it can be routed to. */
  readonly onLink: boolean;
}

/** Device of the family, named by the network identifier. */
export const vxlanDevice = (family: IpFamily, vni: number): string =>
  family === 4 ? `flannel.${vni}` : `flannel-v6.${vni}`;

/** Leases by node name, in the order of the node's podCIDRs. A node has none in a family that it has no subnet or no address of. */
export function leasesOf(cluster: Cluster): ReadonlyMap<string, readonly Lease[]> {
  const underlay = planUnderlay(cluster);
  const leases = new Map<string, readonly Lease[]>();
  for (const node of cluster.nodes.values()) {
    leases.set(
      node.name,
      node.podCidrs.flatMap((subnet): Lease[] => {
        const family = familyOf(subnet.address);
        const publicIp = node.addresses.find((address) => familyOf(address) === family);
        if (publicIp === undefined) return [];
        const vtepMac = vtepMacOf(node, family);
        const onLink = underlay.contains(publicIp);
        return [{ node: node.name, family, subnet, publicIp, vtepMac, onLink }];
      }),
    );
  }
  return leases;
}

const BACKEND_DATA = {
  4: 'flannel.alpha.coreos.com/backend-data',
  6: 'flannel.alpha.coreos.com/backend-v6-data',
} as const;

/** flanneld takes up the address that its node was annotated with before; a new one is drawn otherwise. */
function vtepMacOf(node: Node, family: IpFamily): Mac {
  const annotated = annotatedMac(node.annotations[BACKEND_DATA[family]]);
  return annotated ?? macFor(`flannel ${family}`, node.name);
}

function annotatedMac(annotation: string | undefined): Mac | undefined {
  if (annotation === undefined) return undefined;
  try {
    const data: unknown = JSON.parse(annotation);
    if (typeof data !== 'object' || data === null || !('VtepMAC' in data)) return undefined;
    return typeof data.VtepMAC === 'string' ? parseMac(data.VtepMAC) : undefined;
  } catch {
    // As flanneld does with data that it cannot read: it draws a new address.
    return undefined;
  }
}
