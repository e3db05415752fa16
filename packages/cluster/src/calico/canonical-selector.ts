import type { Selector } from './selector.ts';

const quoted = (value: string): string => (value.includes('"') ? `'${value}'` : `"${value}"`);

/**
 * The one text of a selector: what ipsets are named after. Groups keep their parentheses, so that the
 * text parses back to the same selector. Follows libcalico-go/lib/selector/parser/ast.go.
 */
export const canonicalSelector = (selector: Selector): string => {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return `${selector.kind}()`;
    case 'has':
      return `has(${selector.label})`;
    case 'in':
    case 'not in':
      return `${selector.label} ${selector.kind} {${selector.values.map(quoted).join(', ')}}`;
    case 'not':
      return `!${canonicalSelector(selector.operand)}`;
    case 'and':
      return `(${selector.operands.map(canonicalSelector).join(' && ')})`;
    case 'or':
      return `(${selector.operands.map(canonicalSelector).join(' || ')})`;
    default:
      return `${selector.label} ${selector.kind} ${quoted(selector.value)}`;
  }
};
