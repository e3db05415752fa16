import { type Cluster, podsOf } from '@podpath/cluster';
import { type NpcCommand, NpcController } from './controller.ts';
import { MAX_SET_SIZE } from './ip-sets.ts';
import { NpcError } from './npc-error.ts';
import { type NpcPod, npcNamespace, npcPod, npcPolicy } from './objects.ts';

/** A policy that weave-npc refuses, wholly or in part. */
interface RefusedPolicy {
  /** `namespace/name`. */
  readonly policy: string;
  readonly error: NpcError;
}

/** What weave-npc programs for a cluster. It is the same on every node: its sets hold all pods, not only local ones. */
export interface NpcPlan {
  readonly refused: readonly RefusedPolicy[];
  /** Namespaces with more pods than a set takes: the pods beyond are in no set, and nobody reaches them. */
  readonly crowded: readonly string[];
  /** In the order of the events: namespaces, policies, pods. Made once, when first asked for. */
  commands(): readonly NpcCommand[];
}

/**
 * Plays a cluster to weave-npc as events. Policies come before pods, so that each pod goes straight to
 * the sets where it belongs.
 */
export const planNpc = (cluster: Cluster): NpcPlan => {
  const commands: NpcCommand[] = [];
  const controller = new NpcController((command) => commands.push(command));
  const refused: RefusedPolicy[] = [];
  for (const namespace of cluster.namespaces.values()) {
    controller.addNamespace(npcNamespace(namespace));
  }
  for (const policy of cluster.networkPolicies) {
    try {
      controller.addPolicy(npcPolicy(policy));
    } catch (error) {
      if (!(error instanceof NpcError)) throw error;
      refused.push({ policy: `${policy.namespace}/${policy.name}`, error });
    }
  }
  let complete = false;
  return {
    refused,
    crowded: crowdedNamespaces(cluster),
    commands: () => {
      if (!complete) for (const pod of cluster.pods.values()) addPod(controller, npcPod(pod));
      complete = true;
      return commands;
    },
  };
};

/** A pod that does not fit stays out of the set that was full and of those that would have followed. */
const addPod = (controller: NpcController, pod: NpcPod): void => {
  try {
    controller.addPod(pod);
  } catch (error) {
    if (!(error instanceof NpcError)) throw error;
  }
};

const crowdedNamespaces = (cluster: Cluster): string[] =>
  [...cluster.namespaces.keys()].filter((name) => {
    const pods = podsOf(cluster, name);
    if (pods.length <= MAX_SET_SIZE) return false;
    return pods.filter((pod) => npcPod(pod).address !== undefined).length > MAX_SET_SIZE;
  });
