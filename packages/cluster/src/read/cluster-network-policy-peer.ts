import type { Prefix } from '@podpath/net';
import type { ClusterNetworkPolicyPeer, NamespacedPods } from '../cluster-network-policy.ts';
import { readPrefix } from './address.ts';
import type { ReadContext } from './context.ts';
import { type Field, show } from './field.ts';
import { checkDuplicates, checkMembers, itemsWithin, onlyMember } from './known-members.ts';
import { readLabelSelector } from './label-selector.ts';

const NOBODY: NamespacedPods = { namespaces: { matchLabels: {}, matchExpressions: [] } };

/** The pods that a policy is about. */
export const readSubject = (field: Field, context: ReadContext): NamespacedPods => {
  if (field.absent) {
    field.required('there is no subject', 'namespaces or pods');
    return NOBODY;
  }
  const member = onlyMember(field, ['namespaces', 'pods'], context);
  return member === undefined ? NOBODY : readPods(field.at(member), member, context);
};

const readPods = (
  field: Field,
  member: 'namespaces' | 'pods',
  context: ReadContext,
): NamespacedPods => {
  if (member === 'namespaces') return { namespaces: readLabelSelector(field) };
  const pods = field.object();
  checkMembers(pods, ['namespaceSelector', 'podSelector'], context);
  if (pods.at('podSelector').absent && !context.lenientPolicies) {
    pods.at('podSelector').required('there is no pod selector', 'a selector, {} for every pod');
  }
  return {
    namespaces: readLabelSelector(pods.at('namespaceSelector')),
    pods: readLabelSelector(pods.at('podSelector')),
  };
};

type Member = 'namespaces' | 'pods' | 'nodes' | 'networks' | 'domainNames';

/** A peer; `undefined` when it is none, and then a problem says why. */
export const readPeer = (
  field: Field,
  known: readonly Member[],
  context: ReadContext,
): ClusterNetworkPolicyPeer | undefined => {
  const member = onlyMember(field, known, context);
  switch (member) {
    case undefined:
      return undefined;
    case 'namespaces':
    case 'pods':
      return { kind: 'pods', ...readPods(field.at(member), member, context) };
    case 'nodes':
      return { kind: 'nodes', selector: readLabelSelector(field.at('nodes')) };
    case 'networks':
      return { kind: 'networks', cidrs: readNetworks(field.at('networks'), context) };
    case 'domainNames':
      return { kind: 'domains', names: readDomains(field.at('domainNames')) };
  }
};

const MOST_NETWORKS = 25;
const MOST_DOMAINS = 25;
const LONGEST_CIDR = 43;

const readNetworks = (field: Field, context: ReadContext): readonly Prefix[] => {
  const items = itemsWithin(field, 1, MOST_NETWORKS);
  checkDuplicates(items);
  return items
    .map((item) => {
      const text = item.string();
      if (text !== undefined && text.length > LONGEST_CIDR) {
        const expected = `at most ${LONGEST_CIDR} characters`;
        item.report('FieldValueTooLong', `${text.length} characters are too many`, expected);
        return undefined;
      }
      // Other lists of CIDRs take an address for itself, this one does not.
      if (text !== undefined && !text.includes('/')) {
        item.invalid(`${show(text)} is no CIDR`, 'a CIDR such as 10.0.0.0/8 or fd00::/8');
        return undefined;
      }
      return readPrefix(item, context.strictCidrs);
    })
    .filter((prefix) => prefix !== undefined);
};

const DOMAIN =
  /^(\*\.)?([a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?$/;

const readDomains = (field: Field): readonly string[] => {
  const items = itemsWithin(field, 1, MOST_DOMAINS);
  checkDuplicates(items);
  return items
    .map((item) => {
      const name = item.string();
      if (name === undefined || DOMAIN.test(name)) return name;
      item.invalid(
        `${show(name)} is no domain name`,
        'a name such as example.com or *.example.com',
      );
      return undefined;
    })
    .filter((name) => name !== undefined);
};
