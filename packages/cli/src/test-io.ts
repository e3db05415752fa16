import type { Io } from './io.ts';

/** An Io that keeps what was written; standard input is the text given. */
export function testIo(
  cwd: string,
  stdin = '',
): Io & { readonly written: { out: string; err: string; bytes: Uint8Array[] } } {
  const written = { out: '', err: '', bytes: [] as Uint8Array[] };
  return {
    written,
    out: (text) => {
      written.out += text;
    },
    outBytes: (bytes) => {
      written.bytes.push(bytes);
    },
    err: (text) => {
      written.err += text;
    },
    stdin: (async function* () {
      yield new TextEncoder().encode(stdin);
    })(),
    terminal: { out: false, err: false },
    cwd,
  };
}
