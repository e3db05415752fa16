import { SelectorError } from './selector-error.ts';

const PUNCTUATION_MARKS = ['(', ')', '{', '}', ',', '&&', '||', '!', '==', '!='] as const;
const WORD_OPERATORS = ['in', 'not in', 'contains', 'starts with', 'ends with'] as const;

type Punctuation = (typeof PUNCTUATION_MARKS)[number];
type WordOperator = (typeof WORD_OPERATORS)[number];

/** A token and where it starts. */
export type Token = { readonly offset: number } & (
  | { readonly kind: 'label' | 'string' | 'has'; readonly text: string }
  | { readonly kind: Punctuation | WordOperator | 'all()' | 'global()' | 'end' }
);

const MAX_LABEL_LENGTH = 512;

/** Sticky: each matches only at `lastIndex`. Only space and tab are white space. */
const BLANKS = /[ \t]*/y;
const PUNCTUATION = /&&|\|\||==|!=|[(){},!]/y;
const STRING = /"([^"]*)"|'([^']*)'/y;
const CALL = /(all|global)\([ \t]*\)/y;
const HAS = /has\([ \t]*([A-Za-z0-9_./-]+)[ \t]*\)/y;
const CALL_START = /(?:has|all|global)\(/y;
const LABEL = /[A-Za-z0-9_./-]+/y;
const WORD_OPERATOR = /(?:(in|contains)|(not|starts|ends)[ \t]*(in|with))(?!\w)/y;

const matchAt = (pattern: RegExp, text: string, offset: number): RegExpExecArray | null => {
  pattern.lastIndex = offset;
  return pattern.exec(text);
};

/** Throws SelectorError at the first character that starts no token. The last token is `end`. */
export const tokenize = (expression: string): readonly Token[] => {
  const tokens: Token[] = [];
  let offset = 0;
  for (;;) {
    offset += matchAt(BLANKS, expression, offset)?.[0].length ?? 0;
    if (offset === expression.length) {
      tokens.push({ kind: 'end', offset });
      return tokens;
    }
    // Word operators are ordinary labels anywhere but behind a label.
    const [token, length] = nextToken(expression, offset, tokens.at(-1)?.kind === 'label');
    tokens.push(token);
    offset += length;
  }
};

const nextToken = (
  expression: string,
  offset: number,
  afterLabel: boolean,
): readonly [Token, number] => {
  const mark = matchAt(PUNCTUATION, expression, offset)?.[0];
  const punctuation = PUNCTUATION_MARKS.find((known) => known === mark);
  if (punctuation !== undefined) return [{ kind: punctuation, offset }, punctuation.length];
  const string = matchAt(STRING, expression, offset);
  if (string !== null) {
    return [{ kind: 'string', text: string[1] ?? string[2] ?? '', offset }, string[0].length];
  }
  return afterLabel ? wordOperator(expression, offset) : callOrLabel(expression, offset);
};

const wordOperator = (expression: string, offset: number): readonly [Token, number] => {
  const match = matchAt(WORD_OPERATOR, expression, offset);
  const word = match === null ? '' : (match[1] ?? `${match[2]} ${match[3]}`);
  const kind = WORD_OPERATORS.find((known) => known === word);
  if (match === null || kind === undefined) {
    throw new SelectorError(expression, offset, 'an operator after the label');
  }
  return [{ kind, offset }, match[0].length];
};

const callOrLabel = (expression: string, offset: number): readonly [Token, number] => {
  const has = matchAt(HAS, expression, offset);
  if (has !== null) return [labelToken('has', has[1] ?? '', expression, offset), has[0].length];
  const call = matchAt(CALL, expression, offset);
  if (call !== null) {
    return [{ kind: call[1] === 'all' ? 'all()' : 'global()', offset }, call[0].length];
  }
  if (matchAt(CALL_START, expression, offset) !== null) {
    throw new SelectorError(expression, offset, 'has(label), all() or global()');
  }
  const label = matchAt(LABEL, expression, offset);
  if (label === null)
    throw new SelectorError(expression, offset, 'a label, a string or an operator');
  return [labelToken('label', label[0], expression, offset), label[0].length];
};

const labelToken = (
  kind: 'label' | 'has',
  text: string,
  expression: string,
  offset: number,
): Token => {
  if (text.length > MAX_LABEL_LENGTH) {
    throw new SelectorError(
      expression,
      offset,
      `a label of at most ${MAX_LABEL_LENGTH} characters`,
    );
  }
  return { kind, text, offset };
};
