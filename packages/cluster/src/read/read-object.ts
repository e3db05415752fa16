import type { ApiObject } from './api-object.ts';
import { readHostEndpoint } from './calico/host-endpoint.ts';
import { readNetworkSet } from './calico/network-set.ts';
import { readPolicy } from './calico/policy.ts';
import { readProfile } from './calico/profile.ts';
import { readStagedPolicy } from './calico/staged-policy.ts';
import { readTier } from './calico/tier.ts';
import {
  ADMIN_NETWORK_POLICY,
  BASELINE_ADMIN_NETWORK_POLICY,
  CLUSTER_NETWORK_POLICY,
  readClusterNetworkPolicy,
} from './cluster-network-policy.ts';
import type { ReadContext } from './context.ts';
import { readEndpointSlice } from './endpoint-slice.ts';
import { readEndpoints } from './endpoints.ts';
import { type Field, isObject } from './field.ts';
import type { Inventory } from './inventory.ts';
import { readNamespace } from './namespace.ts';
import { readNetworkPolicy } from './network-policy.ts';
import { readNode } from './node.ts';
import { readPod } from './pod.ts';
import { readService } from './service.ts';
import { readServiceAccount } from './service-account.ts';
import { readCronJob, readJob, readWorkload } from './workload.ts';

type Reader = (root: Field, context: ReadContext, into: Inventory) => void;

const workload =
  (kind: string): Reader =>
  (root, context, into) => {
    into.workloads.push(readWorkload(kind, root, context));
  };

const CALICO_GROUPS = ['projectcalico.org', 'crd.projectcalico.org'];

const CALICO_READERS: readonly (readonly [kind: string, Reader])[] = [
  ...(['NetworkPolicy', 'GlobalNetworkPolicy'] as const).map((kind): [string, Reader] => [
    kind,
    (root, context, { calico }) => calico.policies.push(readPolicy(root, kind, context)),
  ]),
  ...(
    ['StagedNetworkPolicy', 'StagedGlobalNetworkPolicy', 'StagedKubernetesNetworkPolicy'] as const
  ).map((kind): [string, Reader] => [
    kind,
    (root, context, { calico }) =>
      calico.stagedPolicies.push(readStagedPolicy(root, kind, context)),
  ]),
  ...(['NetworkSet', 'GlobalNetworkSet'] as const).map((kind): [string, Reader] => [
    kind,
    (root, context, { calico }) => calico.networkSets.push(readNetworkSet(root, kind, context)),
  ]),
  ['Tier', (root, context, { calico }) => calico.tiers.push(readTier(root, context))],
  [
    'HostEndpoint',
    (root, context, { calico }) => calico.hostEndpoints.push(readHostEndpoint(root, context)),
  ],
  ['Profile', (root, context, { calico }) => calico.profiles.push(readProfile(root, context))],
];

/** What podpath reads, by `group/kind`. Versions of a kind differ in nothing that is read here. */
const READERS = new Map<string, Reader>([
  ['/Namespace', (root, context, into) => into.namespaces.push(readNamespace(root, context))],
  ['/Node', (root, context, into) => into.nodes.push(readNode(root, context))],
  ['/Pod', (root, context, into) => into.pods.push(readPod(root, context))],
  ['/Service', (root, context, into) => into.services.push(readService(root, context))],
  [
    '/ServiceAccount',
    (root, context, into) => into.serviceAccounts.push(readServiceAccount(root, context)),
  ],
  ['/Endpoints', (root, context, into) => into.endpoints.push(...readEndpoints(root, context))],
  ['/ReplicationController', workload('ReplicationController')],
  ...['apps', 'extensions'].flatMap((group) =>
    ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind): [string, Reader] => [
      `${group}/${kind}`,
      workload(kind),
    ]),
  ),
  ['batch/Job', (root, context, into) => into.workloads.push(readJob(root, context))],
  ['batch/CronJob', (root, context, into) => into.workloads.push(readCronJob(root, context))],
  [
    'discovery.k8s.io/EndpointSlice',
    (root, context, into) => {
      const slice = readEndpointSlice(root, context);
      if (slice !== undefined) into.endpointSlices.push(slice);
    },
  ],
  [
    'networking.k8s.io/NetworkPolicy',
    (root, context, into) => into.networkPolicies.push(readNetworkPolicy(root, context)),
  ],
  [
    'extensions/NetworkPolicy',
    (root, context, into) => into.networkPolicies.push(readNetworkPolicy(root, context)),
  ],
  ...[CLUSTER_NETWORK_POLICY, ADMIN_NETWORK_POLICY, BASELINE_ADMIN_NETWORK_POLICY].map(
    (dialect): [string, Reader] => [
      `policy.networking.k8s.io/${dialect.kind}`,
      (root, context, into) =>
        into.clusterNetworkPolicies.push(readClusterNetworkPolicy(root, dialect, context)),
    ],
  ),
  // The second group is that of the resources in which Calico stores its own.
  ...CALICO_GROUPS.flatMap((group) =>
    CALICO_READERS.map(([kind, reader]): [string, Reader] => [`${group}/${kind}`, reader]),
  ),
]);

const KINDS_READ = new Set([...READERS.keys()].map((key) => key.split('/')[1]));

/**
 * Whether a document means to be a Kubernetes object: it has an apiVersion, or a kind that podpath reads. Settings of other
 * programs, which stand beside manifests in many directories, have neither.
 */
export const meansToBeManifest = (value: unknown): boolean =>
  isObject(value) &&
  (value.apiVersion !== undefined ||
    (typeof value.kind === 'string' && KINDS_READ.has(value.kind)));

export const isKnownKind = ({ group, kind }: ApiObject): boolean => READERS.has(`${group}/${kind}`);

/** Reads one object into the inventory, or counts it there if podpath does not know its kind. */
export const readObject = (object: ApiObject, context: ReadContext, into: Inventory): void => {
  const reader = READERS.get(`${object.group}/${object.kind}`);
  if (reader !== undefined) {
    reader(object.root, context, into);
    return;
  }
  const name = `${object.apiVersion} ${object.kind}`;
  into.ignoredKinds.set(name, (into.ignoredKinds.get(name) ?? 0) + 1);
};
