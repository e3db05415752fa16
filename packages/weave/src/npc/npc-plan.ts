import type { Cluster } from '@podpath/cluster';
import { type NpcCommand, NpcController } from './controller.ts';
import { NpcError } from './npc-error.ts';
import { npcNamespace, npcPod, npcPolicy } from './objects.ts';

/** A policy that weave-npc refuses, wholly or in part. */
export interface RefusedPolicy {
  /** `namespace/name`. */
  readonly policy: string;
  readonly error: NpcError;
}

/** What weave-npc programs for a cluster. It is the same on every node: its sets hold all pods, not only local ones. */
export interface NpcPlan {
  readonly refused: readonly RefusedPolicy[];
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
    commands: () => {
      if (!complete) for (const pod of cluster.pods.values()) controller.addPod(npcPod(pod));
      complete = true;
      return commands;
    },
  };
};
