import type { JsonEntry } from './json-entry.ts';
import { meaningfulLines } from './located.ts';

const WELL_KNOWN: ReadonlyMap<string, number> = new Map([
  ['default', 253],
  ['main', 254],
  ['local', 255],
]);

/** Reads `/etc/iproute2/rt_tables`: numbers of routing tables by name. Lines of another form are passed over, as `ip` does. */
export function parseTableNames(text: string): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const { value } of meaningfulLines(text)) {
    const [, number, name] = /^\s*(0[xX][0-9a-fA-F]{1,8}|\d{1,10})\s+(\S+)/.exec(value) ?? [];
    if (name !== undefined) names.set(name, Number(number));
  }
  return names;
}

/** The number of the table that a field names; `main` when the field is not there. Throws ParseError. */
export function tableFrom(entry: JsonEntry, names: ReadonlyMap<string, number>): number {
  const text = entry.optionalText('table') ?? 'main';
  const known = names.get(text) ?? WELL_KNOWN.get(text);
  if (known !== undefined) return known;
  if (/^\d{1,10}$/.test(text) && Number(text) <= 0xffff_ffff) return Number(text);
  return entry.fail(
    'table',
    `the number of table ${JSON.stringify(text)} is not known`,
    'a table that rt_tables names, or a number',
  );
}
