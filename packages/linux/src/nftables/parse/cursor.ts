import { ParseError, shown } from '../../parse/parse-error.ts';
import { type Token, tokensOf } from './tokens.ts';

/** Reads tokens one by one. Every complaint names the place of the token that it is about. */
export class Cursor {
  readonly file: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  /** Throws ParseError. */
  constructor(text: string, file: string) {
    this.file = file;
    this.#tokens = tokensOf(text, file);
  }

  get token(): Token {
    return this.ahead(0);
  }

  /** The text of the token at hand, or nothing for a string: no string is a keyword. */
  get keyword(): string {
    const { kind, text } = this.token;
    return kind === 'word' || kind === 'symbol' ? text : '';
  }

  ahead(count: number): Token {
    return this.#tokens[this.#at + count] ?? this.#end;
  }

  next(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  /** Passes a keyword or symbol if it is the one at hand. */
  accept(text: string): boolean {
    if (this.keyword !== text || this.token.kind === 'end') return false;
    this.#at++;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) this.fail(`unexpected ${this.found}`, shown(text));
  }

  /** One of a few keywords. */
  oneOf<const T extends string>(words: readonly T[], what: string): T {
    const word = words.find((each) => each === this.keyword);
    if (word === undefined) {
      return this.fail(`unexpected ${this.found}`, `${what}: ${words.join(', ')}`);
    }
    this.#at++;
    return word;
  }

  word(what: string): string {
    return this.token.kind === 'word'
      ? this.next().text
      : this.fail(`unexpected ${this.found}`, what);
  }

  string(what: string): string {
    return this.token.kind === 'string'
      ? this.next().text
      : this.fail(`unexpected ${this.found}`, `${what} in quotes`);
  }

  /** A whole number, decimal or hexadecimal. */
  number(what: string, most = 0xffff_ffff): number {
    const { kind, text } = this.token;
    const value = /^(?:\d+|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : -1;
    if (kind !== 'word' || value < 0 || value > most) {
      return this.fail(`unexpected ${this.found}`, `${what}, a number from 0 to ${most}`);
    }
    this.#at++;
    return value;
  }

  skipNewlines(): void {
    while (this.accept('\n'));
  }

  /** Passes what stands between one statement and the next. */
  skipSeparators(): void {
    while (this.accept('\n') || this.accept(';'));
  }

  /** Whether a statement, or the block around it, ends here. */
  get isAtEnd(): boolean {
    return this.token.kind === 'end' || [';', '\n', '}'].includes(this.keyword);
  }

  /** The token at hand, for a message. */
  get found(): string {
    const { kind, text } = this.token;
    if (kind === 'end') return 'end of the text';
    return text === '\n' ? 'end of line' : shown(text);
  }

  fail(problem: string, expected: string, token = this.token): never {
    const { line, column } = token;
    throw new ParseError({ file: this.file, line, column }, problem, expected);
  }

  /** Refuses what nft knows and podpath does not. */
  refuse(what: string, token = this.token): never {
    return this.fail(`${what} is not supported`, 'what podpath emulates of nftables', token);
  }

  get #end(): Token {
    return this.#tokens[this.#tokens.length - 1] ?? { kind: 'end', text: '', line: 1, column: 1 };
  }
}
