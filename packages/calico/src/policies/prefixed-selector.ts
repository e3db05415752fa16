import {
  type CalicoSelector,
  canonicalCalicoSelector,
  parseCalicoSelector,
} from '@podpath/cluster';

/** The selector over labels that endpoints have under a prefix, as text: what `k == 'v'` of a namespace is on its pods. */
export const prefixedSelectorText = (text: string, prefix: string): string =>
  canonicalCalicoSelector(withPrefix(parseCalicoSelector(text), prefix));

const withPrefix = (selector: CalicoSelector, prefix: string): CalicoSelector => {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return selector;
    case 'not':
      return { kind: 'not', operand: withPrefix(selector.operand, prefix) };
    case 'and':
    case 'or':
      return {
        kind: selector.kind,
        operands: selector.operands.map((operand) => withPrefix(operand, prefix)),
      };
    default:
      return { ...selector, label: prefix + selector.label };
  }
};
