import { assemble } from './assemble/assemble.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterOptions } from './options.ts';
import { Collector } from './read/collector.ts';

/**
 * A cluster of Kubernetes API objects in memory: single objects or Lists, as manifests have them or with
 * the status of a live cluster. Problems name an object by its index, from 1, as `document`.
 * Throws `ClusterLoadError`.
 */
export const clusterFromObjects = (
  objects: readonly unknown[],
  options: ClusterOptions = {},
): Cluster => {
  const collector = new Collector(options, false);
  for (const [index, object] of objects.entries()) {
    collector.add(object, { file: 'objects', document: index + 1 }, () => undefined);
  }
  collector.throwIfAny();
  return assemble(collector.inventory, options);
};
