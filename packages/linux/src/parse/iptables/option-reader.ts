import type { IpFamily } from '@podpath/net';
import type { LineCursor } from '../line-cursor.ts';
import { shown } from '../parse-error.ts';

/** What reading one module's options takes. */
export interface ModuleContext {
  readonly cursor: LineCursor;
  readonly family: IpFamily;
  /** Why a set cannot be matched against; `undefined` for one that can. */
  readonly opaqueSet: (name: string) => string | undefined;
}

/** An option that is not known, or not in this form: what it belongs to is then kept as it was written. */
export const UNKNOWN = Symbol('unknown option');

/** Reads the values of one option, and says whether it knew the option. */
export type OptionReader = (invert: boolean) => typeof UNKNOWN | undefined;

/**
 * Reads `--option …` after `--option …`, each maybe behind `!`, up to the next module or target. Returns UNKNOWN as soon
 * as there is one that `readers` does not have, or that its reader does not know in this form.
 */
export function readOptions(
  cursor: LineCursor,
  readers: Readonly<Record<string, OptionReader>>,
): typeof UNKNOWN | undefined {
  for (;;) {
    const invert = cursor.skip('!');
    const option = cursor.peek();
    if (option === undefined || !option.startsWith('--')) return invert ? UNKNOWN : undefined;
    cursor.take('an option');
    const read = Object.hasOwn(readers, option) ? readers[option] : undefined;
    if (read === undefined || read(invert) === UNKNOWN) return UNKNOWN;
  }
}

/** For an option that iptables does not let be inverted. */
export const upright =
  (read: () => typeof UNKNOWN | undefined): OptionReader =>
  (invert) =>
    invert ? UNKNOWN : read();

/** `!` as rules carry it. */
export const inverted = (invert: boolean): { readonly invert?: true } => (invert ? { invert } : {});

/** One of the words of a comma list, each of which must be known; `undefined` when one is not. */
export function readList<T extends string>(
  cursor: LineCursor,
  what: string,
  known: readonly T[],
): readonly T[] | undefined {
  const words = cursor.take(what).split(',');
  const found = known.filter((each) => words.includes(each));
  return found.length === new Set(words).size ? found : undefined;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** A number, or two with a separator between, none above `most`. */
export function rangeIn(
  cursor: LineCursor,
  text: string,
  separator: ':' | '-',
  most: number,
): Range {
  const [first = '', last = first, ...rest] = text.split(separator);
  const valid =
    rest.length === 0 &&
    [first, last].every((part) => /^\d{1,10}$/.test(part) && Number(part) <= most);
  if (!valid) {
    cursor.failBefore(
      `${shown(text)} is no range`,
      `a number up to ${most}, or two with ${separator} between`,
    );
  }
  return { first: Number(first), last: Number(last) };
}

const LAST_PORT = 65_535;

/** Ports with `:` between, as matches have them. */
export const readPorts = (cursor: LineCursor): Range =>
  rangeIn(cursor, cursor.take('ports'), ':', LAST_PORT);

/** Ports with `-` between, as targets have them. */
export const portsIn = (cursor: LineCursor, text: string): Range =>
  rangeIn(cursor, text, '-', LAST_PORT);

/** `VALUE` or `VALUE/MASK`; without a mask every bit counts. */
export function readMaskedWord(
  cursor: LineCursor,
  what: string,
): { readonly value: number; readonly mask: number } {
  const text = cursor.take(what);
  const [value = '', mask = '0xffffffff', ...rest] = text.split('/');
  const form = /^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/;
  const valid =
    rest.length === 0 &&
    [value, mask].every((part) => form.test(part) && Number(part) <= 0xffff_ffff);
  if (!valid) {
    cursor.failBefore(`${shown(text)} is no ${what}`, 'a number, or two with / between');
  }
  return { value: Number(value), mask: Number(mask) };
}
