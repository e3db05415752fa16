import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, type LoadOptions, loadCluster } from '@podpath/cluster';
import type { VectorSet } from './runner.ts';

/** Loads the manifests of a set: its folders of them, or the YAML files beside what is expected. */
export const loadManifests = (set: VectorSet, options: LoadOptions = {}): Promise<Cluster> => {
  const folders = ['manifests', 'policies']
    .map((name) => join(set.path, name))
    .filter((path) => existsSync(path));
  const files = readdirSync(set.path)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(set.path, name));
  return loadCluster([...folders, ...files], options);
};
