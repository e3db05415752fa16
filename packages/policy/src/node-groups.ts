import type { Cluster } from '@podpath/cluster';
import { familyOf } from '@podpath/net';
import type { ModelParts } from './model-parts.ts';
import type { Parties, Party } from './parties.ts';
import { addressSignature } from './signature.ts';

/** Nodes that no policy can tell apart, with their host-network pods. */
export interface NodeGroup {
  /** Never empty, in the cluster's order, each node as its addresses. */
  readonly nodes: readonly (readonly Party[])[];
  /** Equal for equal groups. */
  readonly key: string;
}

/** The nodes that have an address. One with a host endpoint is alone: what that says depends on who else is there. */
export const nodeGroups = (
  cluster: Cluster,
  { ofNode }: Parties,
  parts: ModelParts,
): readonly NodeGroup[] => {
  const groups = new Map<string, (readonly Party[])[]>();
  for (const { name, addresses } of cluster.nodes.values()) {
    const parties = ofNode(name, addresses);
    const [first] = parties;
    if (first === undefined) continue;
    const key = JSON.stringify([
      parties.map((party) => [familyOf(party.address), addressSignature(parts, party).key]),
      first.host === undefined ? null : name,
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [parties]);
    else group.push(parties);
  }
  return [...groups].map(([key, nodes]) => ({ key, nodes }));
};
