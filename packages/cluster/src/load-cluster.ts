import { assemble } from './assemble/assemble.ts';
import type { Cluster } from './cluster.ts';
import { documentsOf } from './input/documents.ts';
import { type InputFile, type InputStream, inputFiles } from './input/input-files.ts';
import { createDiskReader, type InputReader } from './input/input-reader.ts';
import type { ManifestDocument } from './input/manifest-document.ts';
import type { ClusterOptions } from './options.ts';
import type { Problem } from './problem.ts';
import { Collector } from './read/collector.ts';
import { meansToBeManifest } from './read/read-object.ts';

export interface LoadOptions extends ClusterOptions {
  /** Where files are read. Default: the disk. */
  readonly reader?: InputReader;
  /** What `-` reads. */
  readonly stdin?: InputStream;
}

/**
 * Loads manifests. Each input is a file, a directory (read recursively: `*.yaml`, `*.yml`, `*.json`, in
 * the order of their paths) or `-` for standard input. YAML and JSON, many documents a file, Lists, and
 * dumps of live clusters as `kubectl get -o yaml` or `-o json` writes them. What a directory holds beside
 * Kubernetes objects is passed over with a note.
 * Rejects with `ClusterLoadError`, which has every problem in every file.
 */
export const loadCluster = async (
  inputs: readonly string[],
  options: LoadOptions = {},
): Promise<Cluster> => {
  const collector = new Collector(options, true);
  const { reader = createDiskReader(), stdin } = options;
  if (inputs.length === 0) {
    collector.problems.push(empty('there is no input', 'files or directories of manifests, or -'));
  }
  for await (const file of inputFiles(inputs, reader, stdin)) {
    if ('reason' in file) collector.problems.push(file);
    else collectFile(file, collector);
  }
  collector.throwIfAny();
  return assemble(collector.inventory, options);
};

/** The cluster in one text of manifests; `file` is what places in it are called. Throws `ClusterLoadError`. */
export const clusterFromText = (
  text: string,
  file: string,
  options: ClusterOptions = {},
): Cluster => {
  const collector = new Collector(options, true);
  collectFile({ name: file, named: true, text }, collector);
  collector.throwIfAny();
  return assemble(collector.inventory, options);
};

const collectFile = ({ name, named, text }: InputFile, collector: Collector): void => {
  let isEmpty = true;
  for (const document of documentsOf(text)) {
    isEmpty = false;
    if (!named && 'value' in document && !meansToBeManifest(document.value)) {
      collector.inventory.otherFiles.add(name);
    } else collectDocument(name, document, collector);
  }
  if (isEmpty && named) {
    collector.problems.push({ file: name, ...empty('it has no objects', 'Kubernetes objects') });
  }
};

const collectDocument = (file: string, document: ManifestDocument, collector: Collector): void => {
  const place = { file, document: document.index };
  if ('errors' in document) {
    for (const fault of document.errors) {
      collector.problems.push({ type: 'syntax', field: '', ...place, ...fault });
    }
    return;
  }
  collector.add(document.value, place, (path) => ({ ...place, ...document.locate(path) }));
};

const empty = (reason: string, expected: string): Problem => ({
  type: 'io',
  field: '',
  reason,
  expected,
});
