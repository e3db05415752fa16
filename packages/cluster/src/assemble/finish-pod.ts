import type { Ip } from '@podpath/net';
import type { Node, Pod } from '../objects.ts';
import { hasFinished, needsAddress, type PodDraft } from './pod-draft.ts';

/** A pod with its addresses. `drawn` are those from its node's pod CIDRs, if it needs any. */
export const finishPod = (draft: PodDraft, drawn: readonly Ip[], node: Node | undefined): Pod => {
  const { namespace, name, labels, spec, phase, ready, owner, source } = draft;
  const { hostNetwork, serviceAccount, ports, hostname, subdomain } = spec;
  return {
    namespace,
    name,
    labels,
    node: draft.node,
    ...addressesOf(draft, drawn, node),
    hostNetwork,
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    ports,
    phase,
    ready,
    ...(hostname === undefined ? {} : { hostname }),
    ...(subdomain === undefined ? {} : { subdomain }),
    owner,
    ...(source === undefined ? {} : { source }),
  };
};

const addressesOf = (
  draft: PodDraft,
  drawn: readonly Ip[],
  node: Node | undefined,
): Pick<Pod, 'ips' | 'addressSource'> => {
  if (hasFinished(draft)) return { ips: [], addressSource: 'input' };
  if (draft.spec.hostNetwork) {
    return { ips: node?.addresses ?? [], addressSource: node?.addressSource ?? 'made-up' };
  }
  if (needsAddress(draft)) return { ips: drawn, addressSource: 'made-up' };
  return { ips: draft.ips, addressSource: 'input' };
};
