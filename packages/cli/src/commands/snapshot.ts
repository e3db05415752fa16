import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DataPath } from '@podpath/cni';
import type { NamespaceView } from '@podpath/linux';
import { type InputOptions, loadInput } from '../input/load-input.ts';
import { readPluginOptions } from '../input/plugin-options.ts';
import { type ExitCode, type Io, UsageError } from '../io.ts';
import { pluginsNamed } from '../plugins.ts';

export interface SnapshotOptions extends InputOptions {
  readonly plugin: string;
  readonly pluginOptions?: string;
  readonly output: string;
}

/** `podpath snapshot`: writes an emulated cluster as the folders that the collecting script makes of a real one. */
export async function snapshot(
  inputs: readonly string[],
  options: SnapshotOptions,
  io: Io,
): Promise<ExitCode> {
  const [plugin, ...others] = pluginsNamed(options.plugin);
  if (plugin === undefined || others.length > 0) {
    throw new UsageError('--plugin: a snapshot is of one cluster; choose one plugin');
  }
  const cluster = await loadInput(inputs, options, io);
  const settings = await readPluginOptions(options.pluginOptions, io);
  const path = plugin.install(cluster, plugin.configure(settings.get(plugin.name)));
  const nodes = [...path.cluster.nodes.keys()];
  const root = resolve(io.cwd, options.output);
  // Whole first: ends of cables in other namespaces are among what a namespace tells of.
  const folders = nodes.flatMap((node) => [...foldersOf(path, node, join(root, node))]);
  for (const [folder, view] of folders) {
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of view.snapshotFiles()) writeFileSync(join(folder, file), text);
  }
  io.err(`written: ${options.output}, ${nodes.length} nodes\n`);
  return 0;
}

/** The node's own namespace and those of its pods; pods of one name have their Kubernetes namespace behind it. */
function foldersOf(path: DataPath, node: string, folder: string): Map<string, NamespaceView> {
  const own = path.namespace({ kind: 'node', name: node });
  const folders = new Map([[folder, own]]);
  for (const { name, namespace, node: at, hostNetwork, phase } of path.cluster.pods.values()) {
    if (at !== node || hostNetwork || phase === 'Succeeded' || phase === 'Failed') continue;
    const plain = join(folder, 'namespaces', name);
    const pod = path.namespace({ kind: 'pod', namespace, name });
    folders.set(folders.has(plain) ? `${plain}.${namespace}` : plain, pod);
  }
  return folders;
}
