import { canonicalSelector } from '../selectors/canonical-selector.ts';
import { parseSelector } from '../selectors/parse-selector.ts';
import type { Selector } from '../selectors/selector.ts';
import type { EntityRule } from './calico-policy.ts';

const NAMESPACE_LABEL = 'projectcalico.org/namespace';
const NAMESPACE_LABEL_PREFIX = 'pcns.';

/**
 * The one selector over endpoints that an end of a rule stands for, or `undefined` when it names none.
 * Selectors of a namespaced policy stay in its namespace unless a namespace selector says otherwise.
 * Follows libcalico-go/lib/backend/syncersv1/updateprocessors.
 */
export const entitySelector = (entity: EntityRule, namespace: string): Selector | undefined => {
  const { selector, namespaceSelector } = entity;
  if (selector === undefined && namespaceSelector === undefined) return undefined;
  const inNamespace =
    namespaceSelector === undefined
      ? ownNamespace(namespace)
      : canonicalSelector(overNamespaces(parseSelector(namespaceSelector)));
  const parts = [inNamespace, selector].filter((part) => part !== undefined);
  return parseSelector(parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(') && (')})`);
};

/** The selector of a policy itself, kept to its namespace. As text: policies are grouped by it. */
export const policySelectorText = (selector: string, namespace: string): string => {
  const own = ownNamespace(namespace);
  return own === undefined ? selector : `(${selector}) && ${own}`;
};

const ownNamespace = (namespace: string): string | undefined =>
  namespace === '' ? undefined : `${NAMESPACE_LABEL} == '${namespace}'`;

/** Namespace labels reach endpoints under a prefix; "all namespaces" means "whatever is in one". */
const overNamespaces = (selector: Selector): Selector => {
  switch (selector.kind) {
    case 'all':
      return { kind: 'has', label: NAMESPACE_LABEL };
    case 'global':
      return { kind: 'not', operand: { kind: 'has', label: NAMESPACE_LABEL } };
    case 'not':
      return { kind: 'not', operand: overNamespaces(selector.operand) };
    case 'and':
    case 'or':
      return { kind: selector.kind, operands: selector.operands.map(overNamespaces) };
    default:
      return { ...selector, label: NAMESPACE_LABEL_PREFIX + selector.label };
  }
};
