import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Io, UsageError } from '../io.ts';

/** Throws UsageError where bytes would end up on a person's terminal. */
export function checkOutput(
  options: { readonly format: string; readonly output?: string },
  io: Io,
): void {
  if (options.format === 'pcapng' && options.output === undefined && io.terminal.out) {
    throw new UsageError('--format pcapng is not for a terminal: add --output FILE or a pipe');
  }
}

/** Into the file that `--output` names, else to standard output. Throws UsageError where nothing can be written. */
export async function writeOutput(
  content: string | Uint8Array,
  output: string | undefined,
  io: Io,
): Promise<void> {
  if (output !== undefined) {
    try {
      await writeFile(resolve(io.cwd, output), content);
    } catch (error) {
      throw new UsageError(
        `--output: ${output}: cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    io.err(`written: ${output}\n`);
  } else if (typeof content === 'string') io.out(content);
  else io.outBytes(content);
}

/** Lines to standard output, in pieces of a size that it takes well. */
export function outLines(lines: Iterable<string>, io: Io): void {
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < LARGE_PIECE) continue;
    io.out(piece);
    piece = '';
  }
  if (piece !== '') io.out(piece);
}

const LARGE_PIECE = 65_536;
