import {
  AddressError,
  type InterfaceAddress,
  type Ip,
  type Mac,
  type Prefix,
  parseInterfaceAddress,
  parseIp,
  parseMac,
  parsePrefix,
} from '@podpath/net';
import { ParseError, shown } from './parse-error.ts';

/** A word of a line; `start` and `end` are offsets into it. */
interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** How a tool writes strings: with `\` before quotes and backslashes in them, or in quotes as they are. */
export type Quoting = 'escaped' | 'plain';

/** Reads a line word by word. Every complaint names the place of the word that it is about. */
export class LineCursor {
  readonly file: string;
  readonly line: number;
  readonly #text: string;
  readonly #words: readonly Word[];
  #next = 0;

  /** Throws ParseError for a quote that does not end. */
  constructor(file: string, line: number, text: string, quoting: Quoting = 'plain') {
    this.file = file;
    this.line = line;
    this.#text = text;
    this.#words = splitWords(file, line, text, quoting);
  }

  get atEnd(): boolean {
    return this.#next >= this.#words.length;
  }

  /** To come back to with `rewind`. */
  get position(): number {
    return this.#next;
  }

  rewind(position: number): void {
    this.#next = position;
  }

  peek(): string | undefined {
    return this.#words[this.#next]?.text;
  }

  /** The next word as it was written, quotes and all. */
  peekWritten(): string | undefined {
    const word = this.#words[this.#next];
    return word === undefined ? undefined : this.#text.slice(word.start, word.end);
  }

  /** The next word. Throws ParseError at the end of the line. */
  take(expected: string): string {
    const word = this.#words[this.#next];
    if (word === undefined) this.fail('the line ends too early', expected);
    this.#next++;
    return word.text;
  }

  /** Takes the next word if it is this one. */
  skip(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#next++;
    return true;
  }

  /** The text of the line from a position up to here, as it was written. */
  textSince(position: number): string {
    const first = this.#words[position];
    const last = this.#words[this.#next - 1];
    if (first === undefined || last === undefined || position >= this.#next) return '';
    return this.#text.slice(first.start, last.end);
  }

  /** Throws ParseError when anything is left. */
  expectEnd(): void {
    const rest = this.peek();
    if (rest !== undefined)
      this.fail(`${shown(rest)} is not supported here`, 'the end of the line');
  }

  integer(what: string, min: number, max: number): number {
    return this.#number(what, /^\d{1,20}$/, min, max);
  }

  /** Decimal, or hexadecimal after `0x`. */
  word32(what: string): number {
    return this.#number(what, /^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/, 0, 0xffff_ffff);
  }

  ip(what: string): Ip {
    return this.#address(what, parseIp);
  }

  mac(what: string): Mac {
    return this.#address(what, parseMac);
  }

  prefix(what: string): Prefix {
    return this.#address(what, parsePrefix);
  }

  /** A prefix, or an address that stands for itself alone. */
  prefixOrAddress(what: string): Prefix {
    return this.networkIn(this.take(what), what);
  }

  /** The address in a part of the word that was taken last. */
  addressIn(part: string, what: string): Ip {
    return this.#parsed(part, what, parseIp);
  }

  /** The network in a part of the word that was taken last; an address stands for itself alone. */
  networkIn(part: string, what: string): Prefix {
    if (part.includes('/')) return this.#parsed(part, what, parsePrefix);
    const address = this.addressIn(part, what);
    return { address, length: typeof address === 'number' ? 32 : 128 };
  }

  interfaceAddress(what: string): InterfaceAddress {
    return this.#address(what, parseInterfaceAddress);
  }

  /** One of these words. */
  choice<T extends string>(what: string, choices: readonly T[]): T {
    const text = this.take(`${what}: ${choices.join(', ')}`);
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) {
      this.failBefore(`${shown(text)} is no ${what} that is supported`, choices.join(', '));
    }
    return chosen;
  }

  /** Complains about the next word. */
  fail(problem: string, expected: string): never {
    this.#failAt(this.#next, problem, expected);
  }

  /** Complains about the word that was taken last. */
  failBefore(problem: string, expected: string): never {
    this.#failAt(Math.max(0, this.#next - 1), problem, expected);
  }

  #number(what: string, form: RegExp, min: number, max: number): number {
    const text = this.take(what);
    const value = Number(text);
    if (!form.test(text) || value < min || value > max) {
      this.failBefore(`${shown(text)} is no ${what}`, `a number from ${min} to ${max}`);
    }
    return value;
  }

  #address<T>(what: string, parse: (text: string) => T): T {
    return this.#parsed(this.take(what), what, parse);
  }

  #parsed<T>(text: string, what: string, parse: (text: string) => T): T {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      return this.failBefore(`${shown(text)} ${error.reason}`, `${what}, ${error.expected}`);
    }
  }

  #failAt(index: number, problem: string, expected: string): never {
    const column = (this.#words[index]?.start ?? this.#text.length) + 1;
    throw new ParseError({ file: this.file, line: this.line, column }, problem, expected);
  }
}

function splitWords(file: string, line: number, text: string, quoting: Quoting): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    if (isBlank(text.charCodeAt(at))) {
      at++;
      continue;
    }
    const start = at;
    if (text[at] !== '"') {
      while (at < text.length && !isBlank(text.charCodeAt(at))) at++;
      words.push({ text: text.slice(start, at), start, end: at });
      continue;
    }
    let content = '';
    at++;
    while (at < text.length && text[at] !== '"') {
      if (text[at] === '\\' && quoting === 'escaped') at++;
      content += text[at] ?? '';
      at++;
    }
    if (at >= text.length) {
      const place = { file, line, column: start + 1 };
      throw new ParseError(place, 'a quote does not end', 'a closing " in the same line');
    }
    at++;
    words.push({ text: content, start, end: at });
  }
  return words;
}

const isBlank = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d);
