import type { Cluster } from '@podpath/cluster';
import type { Knowledge } from '@podpath/policy';
import { endpointSlicesOf } from '@podpath/services';

/** What is known of a cluster besides its objects: who serves its Services, also where the input does not say. */
export const knowledgeOf = (cluster: Cluster): Knowledge => ({
  endpointSlices: () => endpointSlicesOf(cluster),
});
