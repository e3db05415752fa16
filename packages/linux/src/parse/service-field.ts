import { serviceNumber } from '../text/service-text.ts';
import type { JsonEntry } from './json-entry.ts';
import { shown } from './parse-error.ts';

/** The number of the type of service in the field `tos`. Throws ParseError. */
export function serviceFrom(entry: JsonEntry): number {
  const text = entry.text('tos');
  return (
    serviceNumber(text) ??
    entry.fail(
      'tos',
      `${shown(text)} is no type of service`,
      'hexadecimal digits after 0x, or a name',
    )
  );
}
