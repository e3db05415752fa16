import {
  AddressError,
  type Ip,
  type Mac,
  type Prefix,
  parseIp,
  parseMac,
  parsePrefix,
} from '@podpath/net';
import { ParseError, shown } from './parse-error.ts';

/**
 * Reads what `ip -json` and `bridge -json` print: an array of objects. No text at all is an empty array, as the tools
 * have nothing to say then; empty objects, which some versions leave for what they filter out, are left out.
 *
 * Throws ParseError for anything else, with line and column where JSON itself is broken.
 */
export function readJsonEntries(text: string, file: string): readonly JsonEntry[] {
  if (text.trim() === '') return [];
  const value = parseJson(text, file);
  if (!Array.isArray(value)) {
    throw new ParseError({ file }, `${kindOf(value)} instead of an array`, 'an array of objects');
  }
  return value
    .map((item: unknown, index) => entryOf(item, file, `[${index}]`))
    .filter((entry) => !entry.isEmpty);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const offset = Number(/at position (\d+)/.exec(said)?.[1] ?? text.length);
    const before = text.slice(0, offset).split('\n');
    const place = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    const problem = said.replace(/ (in JSON )?at position .*$/s, '').replace(/, "?\.\.\..*$/s, '');
    throw new ParseError(place, `broken JSON: ${problem}`, 'what the tool printed, whole');
  }
}

function entryOf(item: unknown, file: string, field: string): JsonEntry {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new ParseError({ file, field }, `${kindOf(item)} instead of an object`, 'an object');
  }
  return new JsonEntry(file, field, new Map(Object.entries(item)));
}

/** An object of a dump. Fields are asked for by name, with the type that they must have. */
export class JsonEntry {
  readonly #file: string;
  readonly #field: string;
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(file: string, field: string, values: ReadonlyMap<string, unknown>) {
    this.#file = file;
    this.#field = field;
    this.#values = values;
  }

  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  names(): Iterable<string> {
    return this.#values.keys();
  }

  /** Throws ParseError when there is a field that is not listed: it might change what the entry means. */
  allowOnly(known: ReadonlySet<string>, what: string): void {
    for (const name of this.#values.keys()) {
      if (!known.has(name)) this.fail(name, `${what} with ${name} are not supported`, 'none such');
    }
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.fail(name, 'missing', 'a text');
  }

  optionalText(name: string): string | undefined {
    const value = this.#values.get(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.fail(name, `${kindOf(value)} instead of a text`, 'a text');
  }

  integer(name: string): number {
    return this.optionalInteger(name) ?? this.fail(name, 'missing', 'a whole number');
  }

  optionalInteger(name: string): number | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    return this.fail(name, `${kindOf(value)} instead of a number`, 'a whole number from 0');
  }

  /** The number, or what `otherwise` makes of a value that is none. */
  integerOr<T>(name: string, otherwise: () => T): number | T {
    const value = this.#values.get(name);
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : otherwise();
  }

  /** `true`, or set at all without a value, as iproute2 writes some flags. */
  flag(name: string): boolean {
    const value = this.#values.get(name);
    return value === true || value === null || value === 1;
  }

  optionalFlag(name: string): boolean | undefined {
    return this.#values.has(name) ? this.flag(name) : undefined;
  }

  /** Empty when the field is not there. */
  texts(name: string): readonly string[] {
    const value = this.#values.get(name) ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    return this.fail(name, `${kindOf(value)} instead of texts`, 'an array of texts');
  }

  object(name: string): JsonEntry | undefined {
    const value = this.#values.get(name);
    return value === undefined ? undefined : entryOf(value, this.#file, this.#at(name));
  }

  /** Empty when the field is not there. */
  objects(name: string): readonly JsonEntry[] {
    const value = this.#values.get(name) ?? [];
    if (!Array.isArray(value)) {
      return this.fail(name, `${kindOf(value)} instead of an array`, 'an array of objects');
    }
    return value.map((item: unknown, index) =>
      entryOf(item, this.#file, `${this.#at(name)}[${index}]`),
    );
  }

  ip(name: string): Ip {
    return this.optionalIp(name) ?? this.fail(name, 'missing', 'an IP address');
  }

  optionalIp(name: string): Ip | undefined {
    const text = this.optionalText(name);
    return text === undefined ? undefined : this.#address(name, text, parseIp);
  }

  optionalMac(name: string): Mac | undefined {
    const text = this.optionalText(name);
    return text === undefined ? undefined : this.#address(name, text, parseMac);
  }

  prefixFrom(name: string, text: string): Prefix {
    return this.#address(name, text, parsePrefix);
  }

  fail(name: string, problem: string, expected: string): never {
    throw new ParseError({ file: this.#file, field: this.#at(name) }, problem, expected);
  }

  #at(name: string): string {
    return `${this.#field}.${name}`;
  }

  #address<T>(name: string, text: string, parse: (text: string) => T): T {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      return this.fail(name, `${shown(text)} ${error.reason}`, error.expected);
    }
  }
}

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return shown(String(value));
};
