import type { IpFamily } from '@podpath/net';
import type { LineCursor } from '../line-cursor.ts';

/** What reading one module's options takes. */
export interface ModuleContext {
  readonly cursor: LineCursor;
  readonly family: IpFamily;
  /** Why a set cannot be matched against; `undefined` for one that can. */
  readonly opaqueSet: (name: string) => string | undefined;
}

/** An option that is not known, or not in this form: what it belongs to is then kept as it was written. */
export const UNKNOWN = Symbol('unknown option');

/**
 * Reads `--option …` after `--option …`, each maybe behind `!`, up to the next module or target. `read` is told the
 * option's name and whether it is inverted, takes its values, and returns UNKNOWN for one that it does not know.
 */
export function readOptions(
  cursor: LineCursor,
  read: (option: string, invert: boolean) => typeof UNKNOWN | undefined,
): typeof UNKNOWN | undefined {
  for (;;) {
    const invert = cursor.skip('!');
    const option = cursor.peek();
    if (option === undefined || !option.startsWith('--')) {
      return invert ? UNKNOWN : undefined;
    }
    cursor.take('an option');
    if (read(option, invert) === UNKNOWN) return UNKNOWN;
  }
}

/** `!` as rules carry it. */
export const inverted = (invert: boolean): { readonly invert?: true } => (invert ? { invert } : {});

/** `FIRST:LAST`, or one port. */
export function readPortRange(cursor: LineCursor): {
  readonly first: number;
  readonly last: number;
} {
  return portRange(cursor, cursor.take('a port or a range of ports'), ':');
}

/** Reads a port, or two with a separator between. */
export function portRange(
  cursor: LineCursor,
  text: string,
  separator: ':' | '-',
): { readonly first: number; readonly last: number } {
  const [first = '', last = first, ...rest] = text.split(separator);
  const numbers = [first, last].map(Number);
  const valid =
    rest.length === 0 &&
    [first, last].every((part) => /^\d{1,5}$/.test(part) && Number(part) < 65_536);
  if (!valid) {
    cursor.failBefore(
      `${JSON.stringify(text)} is no port or range of ports`,
      `a port, or two with ${separator} between`,
    );
  }
  return { first: numbers[0] ?? 0, last: numbers[1] ?? 0 };
}

/** `VALUE` or `VALUE/MASK`; without a mask every bit counts. */
export function readMaskedWord(
  cursor: LineCursor,
  what: string,
): { readonly value: number; readonly mask: number } {
  const text = cursor.take(what);
  const [value = '', mask = '0xffffffff', ...rest] = text.split('/');
  const form = /^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/;
  const numbers = [value, mask].map(Number);
  const valid =
    rest.length === 0 &&
    form.test(value) &&
    form.test(mask) &&
    numbers.every((n) => n <= 0xffff_ffff);
  if (!valid)
    cursor.failBefore(`${JSON.stringify(text)} is no ${what}`, 'a number, or two with / between');
  return { value: numbers[0] ?? 0, mask: numbers[1] ?? 0 };
}
