/** Calico's kinds that say nothing about what may pass. */
const CALICO_SETTINGS = new Set([
  'BGPConfiguration',
  'BGPFilter',
  'BGPPeer',
  'BlockAffinity',
  'CalicoNodeStatus',
  'ClusterInformation',
  'FelixConfiguration',
  'IPAMBlock',
  'IPAMConfig',
  'IPAMConfiguration',
  'IPAMHandle',
  'IPPool',
  'IPReservation',
  'KubeControllersConfiguration',
  'QoSPolicy',
  'WorkloadEndpoint',
]);

const POLICY_GROUPS = new Map([
  [
    'policy.networking.k8s.io',
    'ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy',
  ],
  [
    'projectcalico.org',
    'NetworkPolicy, GlobalNetworkPolicy, Tier, NetworkSet, GlobalNetworkSet, HostEndpoint, Profile and the staged policies',
  ],
]);

/** What to say of kinds that are not read although their group is about policy: somebody may count on them. */
export const unreadPolicyNotes = (ignoredKinds: ReadonlyMap<string, number>): readonly string[] =>
  [...ignoredKinds.keys()].flatMap((name) => {
    const [apiVersion = '', kind = ''] = name.split(' ');
    const group = (apiVersion.split('/')[0] ?? '').replace(/^crd\./, '');
    const read = POLICY_GROUPS.get(group);
    if (read === undefined || CALICO_SETTINGS.has(kind)) return [];
    return [`${name} has no effect: of ${group}, podpath reads ${read}.`];
  });
