import { type Cluster, createDiskReader, loadCluster } from '@podpath/cluster';
import { type Io, UsageError } from '../io.ts';

/** Options that every command with an input shares. */
export interface InputOptions {
  readonly nodes?: string;
  readonly families?: string;
  readonly namespace?: string;
}

/** Loads the inputs and tells the user on standard error what was made up or left unread. */
export async function loadInput(
  inputs: readonly string[],
  options: InputOptions,
  io: Io,
): Promise<Cluster> {
  const cluster = await loadCluster(inputs, {
    reader: createDiskReader(io.cwd),
    stdin: io.stdin,
    ...(options.nodes === undefined ? {} : { nodes: parseCount('--nodes', options.nodes) }),
    ...(options.families === undefined ? {} : { families: parseFamilies(options.families) }),
    ...(options.namespace === undefined ? {} : { defaultNamespace: options.namespace }),
  });
  for (const note of cluster.notes) io.err(`note: ${note}\n`);
  if (cluster.ignoredKinds.size > 0) {
    const kinds = [...cluster.ignoredKinds].map(([kind, count]) => `${kind} (${count})`);
    io.err(`note: not read: ${kinds.join(', ')}\n`);
  }
  return cluster;
}

export function parseCount(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new UsageError(`${option}: '${text}' is no count; expected a whole number from 1`);
  }
  return value;
}

function parseFamilies(text: string): readonly (4 | 6)[] {
  const families = text.split(',').map((part) => part.trim());
  const known = families.map((family): 4 | 6 => {
    if (family === '4') return 4;
    if (family === '6') return 6;
    throw new UsageError(`--families: '${text}'; expected 4, 6, or 4,6`);
  });
  return [...new Set(known)];
}
