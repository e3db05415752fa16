import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SnapshotReader } from '@podpath/linux';
import { UsageError } from '../io.ts';

/**
 * Reads a snapshot from the disk, paths starting from a folder. Synchronously: nodes are read in the middle of a packet's
 * way. Throws UsageError for what is there and cannot be read.
 */
export const createSnapshotReader = (cwd: string): SnapshotReader => ({
  folders: (path) =>
    whenThere(path, () =>
      readdirSync(resolve(cwd, path), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name),
    ) ?? [],
  read: (path) => whenThere(path, () => readFileSync(resolve(cwd, path), 'utf8')),
});

function whenThere<T>(path: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new UsageError(
      `${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
