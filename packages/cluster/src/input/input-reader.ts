import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Access to files, so that manifests can come from elsewhere than the disk. Paths are as the user gave them. */
export interface InputReader {
  /** What is at the path; `undefined` if nothing. Rejects when that cannot be found out. */
  kindOf(path: string): Promise<'file' | 'directory' | undefined>;
  /** What is directly in a directory, in any order. */
  list(directory: string): Promise<readonly DirectoryEntry[]>;
  read(file: string): Promise<string>;
}

export interface DirectoryEntry {
  /** Path of the entry, the directory's included. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'file' | 'directory';
}

/**
 * Reads the disk; relative paths start from `folder`, by default the process's own. Symbolic links lead to files, never to
 * directories, so that walks come to an end.
 */
export const createDiskReader = (folder = '.'): InputReader => {
  const kindOf: InputReader['kindOf'] = async (path) => {
    try {
      return (await stat(resolve(folder, path))).isDirectory() ? 'directory' : 'file';
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  const kindOfEntry = async (
    directory: string,
    entry: Dirent,
  ): Promise<DirectoryEntry['kind'] | undefined> => {
    if (entry.isDirectory()) return 'directory';
    if (entry.isFile()) return 'file';
    if (!entry.isSymbolicLink()) return undefined;
    const kind = await kindOf(join(directory, entry.name));
    return kind === 'file' ? 'file' : undefined;
  };
  return {
    kindOf,
    async list(directory) {
      const entries = await readdir(resolve(folder, directory), { withFileTypes: true });
      const kinds = await Promise.all(entries.map((entry) => kindOfEntry(directory, entry)));
      return entries.flatMap(({ name }, index) => {
        const kind = kinds[index];
        return kind === undefined ? [] : [{ path: join(directory, name), name, kind }];
      });
    },
    async read(file) {
      return decodeUtf8(await readFile(resolve(folder, file)));
    },
  };
};

/** Text of UTF-8 bytes, without a byte order mark. Throws TypeError for other bytes. */
export const decodeUtf8 = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(bytes);

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ENOTDIR');
