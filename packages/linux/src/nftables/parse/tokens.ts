import { ParseError } from '../../parse/parse-error.ts';

/** A piece of nft's text. Lines and columns count from 1. */
export interface Token {
  /** `end` comes once, last; a line's end is the symbol `\n`. */
  readonly kind: 'word' | 'string' | 'symbol' | 'end';
  /** Of a string, what is between the quotes. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const SYMBOLS = /(?:<<|>>|==|!=|<=|>=|[{}(),;=<>!&|^@~+\n$])/y;
/** Names, numbers, addresses, ranges of them. A colon may be part of an address, or begin a port. */
const WORD = /[A-Za-z0-9_.:/\\*%[\]-]+/y;
const STRING = /"([^"\n]*)"/y;
const BLANK = /(?:[ \t\r]+|\\\n|#[^\n]*)+/y;

/** Cuts a text into tokens. Throws ParseError for what belongs to none, such as a string that does not end. */
export const tokensOf = (text: string, file: string): readonly Token[] => {
  const tokens: Token[] = [];
  let line = 1;
  let lineStart = 0;
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at += match[0].length;
    return match;
  };
  while (at < text.length) {
    const blank = take(BLANK);
    if (blank !== null) {
      const breaks = blank[0].split('\n').length - 1;
      if (breaks > 0) {
        line += breaks;
        lineStart = at - (blank[0].length - blank[0].lastIndexOf('\n') - 1);
      }
      continue;
    }
    const column = at - lineStart + 1;
    const string = take(STRING);
    if (string !== null) {
      tokens.push({ kind: 'string', text: string[1] ?? '', line, column });
      continue;
    }
    const word = take(WORD);
    if (word !== null) {
      tokens.push(...wordTokens(word[0], line, column));
      continue;
    }
    const symbol = take(SYMBOLS);
    if (symbol === null) {
      const problem = text[at] === '"' ? 'a string that does not end' : `${text[at]} means nothing`;
      throw new ParseError({ file, line, column }, problem, 'a command of nft');
    }
    tokens.push({ kind: 'symbol', text: symbol[0], line, column });
    if (symbol[0] === '\n') {
      line++;
      lineStart = at;
    }
  }
  tokens.push({ kind: 'end', text: 'the end', line, column: at - lineStart + 1 });
  return tokens;
};

/** A colon at a word's end is no part of it, unless two end an address. */
const wordTokens = (text: string, line: number, column: number): readonly Token[] => {
  if (text === ':') return [{ kind: 'symbol', text, line, column }];
  if (!text.endsWith(':') || text.endsWith('::')) return [{ kind: 'word', text, line, column }];
  const word = text.slice(0, -1);
  return [
    { kind: 'word', text: word, line, column },
    { kind: 'symbol', text: ':', line, column: column + word.length },
  ];
};
