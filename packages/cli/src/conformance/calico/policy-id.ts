import type { PolicyId } from '@podpath/calico/conformance';
import { z } from 'zod';

/** A policy's identity as the vectors write it. */
export const policyIdSchema: z.ZodType<PolicyId> = z.object({
  kind: z.enum([
    'NetworkPolicy',
    'GlobalNetworkPolicy',
    'KubernetesNetworkPolicy',
    'KubernetesClusterNetworkPolicy',
    'StagedNetworkPolicy',
    'StagedGlobalNetworkPolicy',
    'StagedKubernetesNetworkPolicy',
  ]),
  namespace: z.string(),
  name: z.string(),
});
