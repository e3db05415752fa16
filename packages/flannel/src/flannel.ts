import type { Cluster } from '@podpath/cluster';
import { createDataPath, ignoredPolicyNotes, type NetworkPlugin } from '@podpath/cni';
import { planAddresses } from './address-plan.ts';
import { FlannelProgrammer } from './flannel-programmer.ts';
import { networksOf } from './networks.ts';
import { configure, type FlannelOptions } from './options.ts';

/**
 * Flannel with the vxlan backend, its subnets from the Nodes' podCIDRs, the bridge plugin and kube-proxy in iptables
 * mode. `install` throws `OptionsError` when a podCIDR of the input lies outside the configured network.
 */
export const flannel: NetworkPlugin<FlannelOptions> = {
  name: 'flannel',
  title: 'Flannel',
  features: {
    families: [4, 6],
    encapsulation: ['vxlan', 'none'],
    enforcesPolicy: false,
    policyDeviations: [],
  },
  configure,
  install: (cluster, options) => {
    const plan = planAddresses(cluster, networksOf(cluster, options));
    const notes = [...plan.notes, ...ignored(cluster)];
    return createDataPath('flannel', new FlannelProgrammer(plan, notes, options));
  },
};

/** What stands in the input and has no effect. */
function ignored(cluster: Cluster): readonly string[] {
  const notes: string[] = [];
  const policies = cluster.networkPolicies.length;
  if (policies > 0) {
    notes.push(`Flannel enforces no NetworkPolicy: the ${policies} in the input have no effect.`);
  }
  notes.push(...ignoredPolicyNotes('Flannel', cluster));
  for (const pod of cluster.pods.values()) {
    if (pod.hostNetwork || !pod.ports.some((port) => port.hostPort !== undefined)) continue;
    notes.push(
      `Host ports are not emulated: no node answers for ${pod.namespace}/${pod.name}’s, nor for any other.`,
    );
    break;
  }
  return notes;
}
