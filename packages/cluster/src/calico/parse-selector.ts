import type { Selector } from './selector.ts';
import { SelectorError } from './selector-error.ts';
import { type Token, tokenize } from './tokens.ts';

/** Deeper nesting than any policy has, well below what the call stack bears. */
const MAX_DEPTH = 500;

/**
 * Parses a selector as Calico's own parser does: `!` binds to the next primitive, then `&&`, then
 * `||`; blank text is `all()`. Throws SelectorError, which names the place.
 * Follows libcalico-go/lib/selector.
 */
export const parseSelector = (expression: string): Selector => {
  const parser = new Parser(expression, tokenize(expression));
  return parser.parse();
};

class Parser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(expression: string, tokens: readonly Token[]) {
    this.#expression = expression;
    this.#tokens = tokens;
  }

  parse(): Selector {
    if (this.#peek().kind === 'end') return { kind: 'all' };
    const selector = this.#or();
    this.#expect('end', '&&, || or the end');
    return selector;
  }

  #or(): Selector {
    return this.#joined('||', 'or', () => this.#joined('&&', 'and', () => this.#operation()));
  }

  #joined(separator: '||' | '&&', kind: 'or' | 'and', operand: () => Selector): Selector {
    const first = operand();
    if (this.#peek().kind !== separator) return first;
    const operands = [first];
    while (this.#accept(separator)) operands.push(operand());
    return { kind, operands };
  }

  #operation(): Selector {
    let negated = false;
    while (this.#accept('!')) negated = !negated;
    const operand = this.#primitive();
    return negated ? { kind: 'not', operand } : operand;
  }

  #primitive(): Selector {
    const token = this.#next();
    switch (token.kind) {
      case 'all()':
        return { kind: 'all' };
      case 'global()':
        return { kind: 'global' };
      case 'has':
        return { kind: 'has', label: token.text };
      case 'label':
        return this.#comparison(token.text);
      case '(':
        return this.#parenthesised(token);
      default:
        return this.#fail(token, 'a label, has(), all(), global() or (');
    }
  }

  #parenthesised(open: Token): Selector {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail(open, `at most ${MAX_DEPTH} nested parentheses`);
    const selector = this.#or();
    this.#expect(')', ')');
    this.#depth -= 1;
    return selector;
  }

  #comparison(label: string): Selector {
    const operator = this.#next();
    switch (operator.kind) {
      case '==':
      case '!=':
      case 'contains':
      case 'starts with':
      case 'ends with':
        return { kind: operator.kind, label, value: this.#string() };
      case 'in':
      case 'not in':
        return { kind: operator.kind, label, values: this.#set() };
      default:
        return this.#fail(operator, 'an operator after the label');
    }
  }

  #string(): string {
    const token = this.#next();
    return token.kind === 'string' ? token.text : this.#fail(token, 'a string in quotes');
  }

  #set(): readonly string[] {
    this.#expect('{', '{');
    const values = new Set<string>();
    while (this.#peek().kind === 'string') {
      values.add(this.#string());
      if (!this.#accept(',')) break;
    }
    this.#expect('}', '}');
    return [...values].sort(byBytes);
  }

  #peek(): Token {
    // The end token is never consumed before parsing is over.
    return this.#tokens[this.#position] ?? { kind: 'end', offset: this.#expression.length };
  }

  #next(): Token {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }

  #accept(kind: Token['kind']): boolean {
    if (this.#peek().kind !== kind) return false;
    this.#position += 1;
    return true;
  }

  #expect(kind: Token['kind'], what: string): void {
    const token = this.#next();
    if (token.kind !== kind) this.#fail(token, what);
  }

  #fail(token: Token, expected: string): never {
    throw new SelectorError(this.#expression, token.offset, expected);
  }
}

/** Go sorts strings by their bytes; UTF-16 order differs beyond the basic plane. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
