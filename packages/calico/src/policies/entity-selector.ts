import { type CalicoSelector, parseCalicoSelector } from '@podpath/cluster';
import type { EntityRule } from './calico-policy.ts';
import { prefixedSelectorText } from './prefixed-selector.ts';
import { NAMESPACE_LABEL_PREFIX, SERVICE_ACCOUNT_LABEL_PREFIX } from './profiles.ts';

const NAMESPACE_LABEL = 'projectcalico.org/namespace';
const SERVICE_ACCOUNT_LABEL = 'projectcalico.org/serviceaccount';

/**
 * The one selector over endpoints that an end of a rule stands for, or `undefined` when it names none.
 * Selectors of a namespaced policy stay in its namespace unless a namespace selector says otherwise, as soon as there is
 * any, one that excludes too. What is excluded narrows the selector, and is left to the rule where there is none.
 * Follows libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go and felix/calc/rule_scanner.go.
 */
export const entitySelector = (
  entity: EntityRule,
  namespace: string,
): CalicoSelector | undefined => {
  const { selector, notSelector, namespaceSelector, serviceAccounts } = entity;
  const accounts = serviceAccounts === undefined ? undefined : accountsSelector(serviceAccounts);
  const own = [accounts, selector].filter((part) => part !== undefined);
  const used = own.length > 0 || notSelector !== undefined || namespaceSelector !== undefined;
  const within = used ? namespacesSelector(namespaceSelector, namespace) : undefined;
  const parts = [within, ...own].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  const text = joined(parts);
  return parseCalicoSelector(notSelector === undefined ? text : `(${text}) && (!(${notSelector}))`);
};

const joined = (parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(') && (')})`;

/** Namespace labels reach endpoints under a prefix; "all namespaces" means "whatever is in one". */
const namespacesSelector = (
  namespaceSelector: string | undefined,
  namespace: string,
): string | undefined =>
  namespaceSelector === undefined
    ? ownNamespace(namespace)
    : prefixedSelectorText(namespaceSelector, NAMESPACE_LABEL_PREFIX)
        .replaceAll('all()', `has(${NAMESPACE_LABEL})`)
        .replaceAll('global()', `!has(${NAMESPACE_LABEL})`);

const accountsSelector = ({
  names,
  selector,
}: NonNullable<EntityRule['serviceAccounts']>): string | undefined => {
  const parts = [
    ...(selector === undefined
      ? []
      : [prefixedSelectorText(selector, SERVICE_ACCOUNT_LABEL_PREFIX)]),
    ...(names.length === 0 ? [] : [`${SERVICE_ACCOUNT_LABEL} in { '${names.join("', '")}' }`]),
  ];
  return parts.length === 0 ? undefined : joined(parts);
};

/** The selector of a policy itself, kept to its namespace. As text: policies are grouped by it. */
export const policySelectorText = (selector: string, namespace: string): string => {
  const own = ownNamespace(namespace);
  if (own === undefined) return selector;
  return selector === '' ? own : `(${selector}) && ${own}`;
};

/**
 * The selector of a policy, narrowed to some namespaces and service accounts.
 * Follows globalnetworkpolicyprocessor.go and selectors.go.
 */
export const narrowedSelectorText = (
  selector: string,
  more: { readonly namespaces?: string | undefined; readonly serviceAccounts?: string | undefined },
): string => {
  const { namespaces, serviceAccounts } = more;
  const inNamespaces =
    namespaces === undefined
      ? selector
      : append(selector, prefixedSelectorText(namespaces, NAMESPACE_LABEL_PREFIX)).replaceAll(
          'all()',
          `has(${NAMESPACE_LABEL})`,
        );
  return serviceAccounts === undefined
    ? inNamespaces
    : append(
        inNamespaces,
        prefixedSelectorText(serviceAccounts, SERVICE_ACCOUNT_LABEL_PREFIX),
      ).replaceAll('all()', `has(${SERVICE_ACCOUNT_LABEL})`);
};

const append = (selector: string, more: string): string =>
  selector === '' ? more : `(${selector}) && ${more}`;

const ownNamespace = (namespace: string): string | undefined =>
  namespace === '' ? undefined : `${NAMESPACE_LABEL} == '${namespace}'`;
