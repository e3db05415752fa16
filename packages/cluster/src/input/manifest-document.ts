import type { FieldPath } from '../read/field.ts';
import type { SourceLocation } from '../source-location.ts';

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
