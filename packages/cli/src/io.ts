/** Everything the command line takes from, and gives to, the process around it. Only `main.ts` knows the real one. */
export interface Io {
  out(text: string): void;
  outBytes(bytes: Uint8Array): void;
  err(text: string): void;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Whether standard output and standard error are a person's terminal. */
  readonly terminal: { readonly out: boolean; readonly err: boolean };
  /** Where progress is drawn; absent: nowhere. */
  readonly progress?: NodeJS.WriteStream;
  /** Folder that relative paths start from. */
  readonly cwd: string;
}

/** 0: done; 1: a check failed; 2: bad use or bad input. */
export type ExitCode = 0 | 1 | 2;

/** The command was used wrongly. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
