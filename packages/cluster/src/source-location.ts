/** Where in the input a thing was written. Lines and columns count from 1. */
export interface SourceLocation {
  /** Path as the user gave it; `-` for standard input. */
  readonly file: string;
  /** Index of the YAML document in the file, from 1. */
  readonly document: number;
  readonly line: number;
  readonly column: number;
}
