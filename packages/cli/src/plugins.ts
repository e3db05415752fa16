import { calico } from '@podpath/calico';
import type { NetworkPlugin } from '@podpath/cni';
import { flannel } from '@podpath/flannel';
import { weave } from '@podpath/weave';
import { UsageError } from './io.ts';

export const PLUGINS: readonly NetworkPlugin[] = [calico, flannel, weave];

export const PLUGIN_NAMES = PLUGINS.map((plugin) => plugin.name);

/** The plugins that a comma list names, in its order. Throws UsageError for an unknown or repeated one. */
export function pluginsNamed(list: string): readonly NetworkPlugin[] {
  const names = list.split(',').map((name) => name.trim().toLowerCase());
  const chosen = names.map((name) => {
    const plugin = PLUGINS.find((each) => each.name === name);
    if (plugin === undefined) {
      throw new UsageError(
        `--plugin: there is no plugin '${name}'; expected any of ${PLUGIN_NAMES.join(', ')}`,
      );
    }
    return plugin;
  });
  if (new Set(chosen).size < chosen.length)
    throw new UsageError(`--plugin: '${list}' names a plugin twice`);
  return chosen;
}
