import { jsonDocuments } from './json-documents.ts';
import type { ManifestDocument } from './manifest-document.ts';
import { yamlDocuments } from './yaml-documents.ts';

/**
 * The documents of a text, one at a time, so that only one syntax tree is held. JSON (also a stream of
 * values, as `kubectl` takes it) is read as such because that is many times faster than as YAML; JSON
 * that is broken goes to the YAML reader, which says where.
 */
export function* documentsOf(text: string): Generator<ManifestDocument> {
  const json = jsonDocuments(text);
  if (json === undefined) yield* yamlDocuments(text);
  else yield* json;
}
