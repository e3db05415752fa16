import type { Problem } from '../problem.ts';
import { decodeUtf8, type InputReader } from './input-reader.ts';

/** What standard input delivers. */
export type InputStream = AsyncIterable<string | Uint8Array>;

export interface InputFile {
  /** As the user gave it; `-` for standard input. */
  readonly name: string;
  /** Whether the user named it, rather than a directory it is in. */
  readonly named: boolean;
  readonly text: string;
}

const MANIFEST = /\.(yaml|yml|json)$/;

/**
 * The texts of the inputs in order: a file, every manifest below a directory in the order of their
 * paths (entries that begin with a dot left out), or standard input for `-`. What cannot be read is a
 * problem in its place.
 */
export async function* inputFiles(
  inputs: readonly string[],
  reader: InputReader,
  stdin: InputStream | undefined,
): AsyncGenerator<InputFile | Problem> {
  for (const input of inputs) {
    if (input === '-') yield await attempt(input, async () => readStream(stdin));
    else yield* readPath(input, reader);
  }
}

async function* readPath(input: string, reader: InputReader): AsyncGenerator<InputFile | Problem> {
  try {
    const kind = await reader.kindOf(input);
    if (kind === undefined) {
      yield io(input, 'there is no such file', 'a file or directory of manifests');
    } else if (kind === 'file') {
      yield await attempt(input, async () => reader.read(input));
    } else {
      let found = false;
      for await (const file of walk(input, reader)) {
        found = true;
        yield { ...(await attempt(file, async () => reader.read(file))), named: false };
      }
      if (!found) yield io(input, 'no manifests are in it', 'files *.yaml, *.yml or *.json');
    }
  } catch (error) {
    yield unreadable(input, error);
  }
}

async function* walk(directory: string, reader: InputReader): AsyncGenerator<string> {
  const entries = [...(await reader.list(directory))];
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, path, kind } of entries) {
    if (name.startsWith('.')) continue;
    if (kind === 'directory') yield* walk(path, reader);
    else if (MANIFEST.test(name)) yield path;
  }
}

const attempt = async (name: string, read: () => Promise<string>): Promise<InputFile | Problem> => {
  try {
    const text = await read();
    return { name, named: true, text };
  } catch (error) {
    return unreadable(name, error);
  }
};

const readStream = async (stream: InputStream | undefined): Promise<string> => {
  if (stream === undefined) throw new Error('there is no standard input');
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) {
    chunks.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
  }
  return decodeUtf8(Buffer.concat(chunks));
};

const unreadable = (file: string, error: unknown): Problem => {
  if (error instanceof TypeError) return io(file, 'it is no UTF-8 text', 'text in UTF-8');
  const why = error instanceof Error ? error.message : String(error);
  return io(file, `it cannot be read: ${why}`, 'a readable file');
};

const io = (file: string, reason: string, expected: string): Problem => ({
  type: 'io',
  field: '',
  file,
  reason,
  expected,
});
