import { parseArgs } from 'node:util';

export interface FuzzOptions {
  /** Of the first set-up; each next one has the next number. */
  readonly seed: number;
  readonly setups: number;
  /** Most flows of a set-up. */
  readonly flows: number;
  /** Processes that work in namespaces at once. */
  readonly workers: number;
  /** Differences of a set-up that are printed. */
  readonly show: number;
  /** Frames made by hand, and routes with several next hops, are drawn too. */
  readonly wild?: boolean;
  /** Where to put a set-up that differs, made as small as it can be. */
  readonly shrink?: string;
  /** A scenario's file to play, and to write the kernel's result into, instead of drawing any. */
  readonly record?: string;
  readonly json?: string;
  readonly markdown?: string;
}

/** What the user asked for cannot be done; the message says what could. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export const USAGE = `pnpm fuzz [options]

Plays random networks and packets in the kernel and in the emulator, and compares.

  --seed N          number of the first set-up (default 1)
  --setups N        how many set-ups (default 200)
  --flows N         flows in each (default 10)
  --workers N       how many at once (default 4)
  --show N          differences printed of each set-up (default 3)
  --wild            draw frames made by hand, and routes with several next hops, too
  --shrink DIR      make set-ups that differ small, and write them there
  --record FILE     play the scenario in a file, and write what the kernel makes of it there
  --json FILE       write the result as JSON
  --markdown FILE   write the result as Markdown
  --help            this text

Exit code: 0 when nothing differs, 1 when something does, 2 when it could not be played.
`;

const NUMBERS = {
  seed: { usual: 1, first: 0, last: 0xffff_ffff },
  setups: { usual: 200, first: 1, last: 1_000_000 },
  flows: { usual: 10, first: 1, last: 1000 },
  workers: { usual: 4, first: 1, last: 64 },
  show: { usual: 3, first: 0, last: 1000 },
} as const;

/** Reads the command line; `undefined` when it asks for help. Throws OptionError. */
export function readOptions(argv: readonly string[]): FuzzOptions | undefined {
  const { help, wild, shrink, record, json, markdown, ...values } = parse(argv);
  if (help === true) return undefined;
  const number = (name: keyof typeof NUMBERS): number => {
    const { usual, first, last } = NUMBERS[name];
    const text = values[name];
    if (text === undefined) return usual;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= first && value <= last) return value;
    throw new OptionError(`--${name} ${text}: expected a whole number from ${first} to ${last}`);
  };
  return {
    ...{ seed: number('seed'), setups: number('setups'), flows: number('flows') },
    ...{ workers: number('workers'), show: number('show') },
    ...(wild === true ? { wild } : {}),
    ...(shrink === undefined ? {} : { shrink }),
    ...(record === undefined ? {} : { record }),
    ...(json === undefined ? {} : { json }),
    ...(markdown === undefined ? {} : { markdown }),
  };
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: false,
      options: {
        ...{ seed: text, setups: text, flows: text, workers: text, show: text },
        ...{ shrink: text, record: text, json: text, markdown: text },
        ...{ wild: { type: 'boolean' }, help: { type: 'boolean' } },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new OptionError(error.message);
  }
}
