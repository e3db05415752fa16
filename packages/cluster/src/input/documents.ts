import type { FieldPath } from '../read/field.ts';
import type { SourceLocation } from '../source-location.ts';
import { jsonDocuments } from './json-documents.ts';
import { yamlDocuments } from './yaml-documents.ts';

export type Place = Pick<SourceLocation, 'line' | 'column'>;

/** One document of a file: its value and where each part of it is written, or why it cannot be read. */
export type ManifestDocument = { readonly index: number } & (
  | { readonly value: unknown; locate(path: FieldPath): Place }
  | { readonly errors: readonly SyntaxFault[] }
);

export interface SyntaxFault extends Place {
  readonly reason: string;
  readonly expected: string;
}

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
