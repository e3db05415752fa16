import type { Match } from '@podpath/linux';
import { prefixContains } from '@podpath/net';
import type { PortContext, PortPlan } from './port-plan.ts';
import {
  addressedTo,
  comment,
  hostPrefix,
  jump,
  MARK_FOR_MASQUERADE,
  type TableWriter,
} from './rules.ts';

/** The first rule of the ClusterIP's chain: clients that are no pods of this cluster are masqueraded. */
export function writeInternalMasquerade(
  { port, internalChain }: PortPlan,
  { detector, masqueradeAll }: PortContext,
  nat: TableWriter,
): void {
  if (internalChain === undefined) return;
  const who = masqueradeAll ? [] : detector === undefined ? undefined : [detector.isNotLocal];
  if (who === undefined) return;
  nat.rule(
    internalChain,
    [
      comment(`${port.name} cluster IP`),
      ...addressedTo(port.protocol, port.clusterIp, port.port),
      ...who,
    ],
    MARK_FOR_MASQUERADE,
  );
}

const FROM_THIS_NODE: Match = { kind: 'address-type', source: { type: 'LOCAL' } };

/**
 * KUBE-EXT: traffic to NodePorts, external and load balancer addresses. Under the Cluster policy all of it is
 * masqueraded. Under the Local policy the source is kept, and pods and the node itself
 * are short-circuited to every endpoint, as if they had dialled the ClusterIP.
 */
export function writeExternalChain(
  plan: PortPlan,
  { detector }: PortContext,
  nat: TableWriter,
): void {
  if (!plan.hasExternalChain) return;
  const { port } = plan;
  const { external, cluster } = port.chains;
  const destinations = `${port.name} external destinations`;
  nat.chain(external);
  if (!port.externalLocal) {
    nat.rule(external, [comment(`masquerade traffic for ${destinations}`)], MARK_FOR_MASQUERADE);
  } else {
    if (detector !== undefined) {
      nat.rule(
        external,
        [comment(`pod traffic for ${destinations}`), detector.isLocal],
        jump(cluster),
      );
    }
    nat.rule(
      external,
      [comment(`masquerade LOCAL traffic for ${destinations}`), FROM_THIS_NODE],
      MARK_FOR_MASQUERADE,
    );
    nat.rule(
      external,
      [comment(`route LOCAL traffic for ${destinations}`), FROM_THIS_NODE],
      jump(cluster),
    );
  }
  if (plan.externalPolicyChain !== undefined) {
    nat.rule(external, [], jump(plan.externalPolicyChain));
  }
}

/**
 * KUBE-FW: clients within the load balancer's source ranges go on. The rest falls off the end, is not
 * translated and so meets KUBE-PROXY-FIREWALL.
 */
export function writeFirewallChain(plan: PortPlan, { node }: PortContext, nat: TableWriter): void {
  if (!plan.hasFirewallChain) return;
  const { port } = plan;
  const { firewall, external } = port.chains;
  const note = comment(`${port.name} loadbalancer IP`);
  nat.chain(firewall);
  for (const prefix of port.sourceRanges) {
    nat.rule(firewall, [note, { kind: 'source', prefix }], jump(external));
  }
  const { address } = node;
  // Some balancers add the address to the node itself, which then is the source of the node's own packets.
  if (address !== undefined && port.sourceRanges.some((range) => prefixContains(range, address))) {
    for (const ip of port.loadBalancerIps) {
      nat.rule(firewall, [note, { kind: 'source', prefix: hostPrefix(ip) }], jump(external));
    }
  }
  nat.rule(firewall, [
    comment(`other traffic to ${port.name} will be dropped by KUBE-PROXY-FIREWALL`),
  ]);
}
