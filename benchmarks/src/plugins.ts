import { calico } from '@podpath/calico';
import type { Cluster } from '@podpath/cluster';
import type { DataPath, NetworkPlugin } from '@podpath/cni';
import { flannel } from '@podpath/flannel';
import { weave } from '@podpath/weave';

export const PLUGINS: readonly NetworkPlugin[] = [calico, flannel, weave];

/** The plugin's data path on a cluster, with default options. */
export const install = (plugin: NetworkPlugin, cluster: Cluster): DataPath =>
  plugin.install(cluster, plugin.configure({}));
