import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { VectorSet } from './runner.ts';

/** Folders below the vectors' own in which every folder is one set. */
const FOLDERS_OF_SETS = ['np-guard', 'real', 'real/recipes'];
/** Folders in which every file is one set, the vectors' own first. */
const FOLDERS_OF_FILES = ['', 'netpol'];

/** Every set of vectors below a folder, sorted by name. Throws the file system's errors. */
export const findVectorSets = (directory: string): readonly VectorSet[] => {
  const files = FOLDERS_OF_FILES.flatMap((folder) =>
    entriesOf(join(directory, folder))
      .filter((entry) => entry.endsWith('.json'))
      .map((entry) => setAt(directory, folder, entry)),
  );
  const folders = FOLDERS_OF_SETS.flatMap((folder) =>
    entriesOf(join(directory, folder))
      .map((entry) => setAt(directory, folder, entry))
      .filter(({ name, path }) => statSync(path).isDirectory() && !FOLDERS_OF_SETS.includes(name)),
  );
  return [...files, ...folders].toSorted((a, b) => (a.name < b.name ? -1 : 1));
};

const entriesOf = (folder: string): readonly string[] =>
  existsSync(folder) ? readdirSync(folder) : [];

const setAt = (directory: string, folder: string, entry: string): VectorSet => ({
  name: folder === '' ? entry : `${folder}/${entry}`,
  path: join(directory, folder, entry),
});
