import { createDataPath, type NetworkPlugin } from '@podpath/cni';
import { type CalicoOptions, configure } from './options.ts';
import { planCalico } from './program/calico-plan.ts';
import { CalicoProgrammer } from './program/calico-programmer.ts';

/**
 * Calico with VXLAN, Felix's iptables data plane and kube-proxy in iptables mode, as Calico's manifest sets
 * it up when BGP is switched off. `configure` refuses other modes by name.
 */
export const calico: NetworkPlugin<CalicoOptions> = {
  name: 'calico',
  title: 'Calico',
  features: {
    families: [4, 6],
    encapsulation: ['vxlan', 'none'],
    enforcesPolicy: true,
    policyDeviations: [
      {
        id: 'pod-to-own-node-policed',
        text: "A pod's egress policy applies to its own node too: Kubernetes says that a pod can always reach its node.",
      },
      {
        id: 'node-source-is-tunnel-address',
        text: "A node's own packets to pods on other nodes come from its tunnel address, so an ipBlock with the node's address does not match them.",
      },
      {
        id: 'cluster-policies-fail-closed',
        text: 'A rule of a cluster-scoped policy with a named port, or with nodes or domainNames among its peers, is not understood: one that accepts matches nothing, any other denies everything in its direction.',
      },
      {
        id: 'host-endpoints-ignored',
        text: 'Host endpoints are not programmed: what policies say about nodes themselves, and about what nodes forward, has no effect.',
      },
    ],
  },
  configure,
  install: (cluster, options) =>
    createDataPath('calico', new CalicoProgrammer(planCalico(cluster, options), options)),
};
