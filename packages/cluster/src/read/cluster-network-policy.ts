import type { ClusterNetworkPolicy, ClusterNetworkPolicyRule } from '../cluster-network-policy.ts';
import { readPeer, readSubject } from './cluster-network-policy-peer.ts';
import { readPort, readProtocol } from './cluster-network-policy-port.ts';
import type { ReadContext } from './context.ts';
import type { Field } from './field.ts';
import { checkMembers, itemsWithin } from './known-members.ts';
import { readMetadata } from './metadata.ts';

/** How the two versions of the API write the same thing. */
export interface Dialect {
  readonly kind: ClusterNetworkPolicy['kind'];
  /** Absent: the policy says it itself. */
  readonly tier?: ClusterNetworkPolicy['tier'];
  readonly actions: readonly ('Accept' | 'Allow' | 'Deny' | 'Pass')[];
  readonly ports: 'ports' | 'protocols';
  /** Most rules a direction, and most entries of a rule's lists. */
  readonly most: number;
  readonly egressPeers: readonly ('namespaces' | 'pods' | 'nodes' | 'networks' | 'domainNames')[];
}

/** v1alpha2. Source followed: apis/v1alpha2/clusternetworkpolicy_types.go of kubernetes-sigs/network-policy-api. */
export const CLUSTER_NETWORK_POLICY: Dialect = {
  kind: 'ClusterNetworkPolicy',
  actions: ['Accept', 'Deny', 'Pass'],
  ports: 'protocols',
  most: 25,
  egressPeers: ['namespaces', 'pods', 'nodes', 'networks', 'domainNames'],
};

/** v1alpha1. Source followed: apis/v1alpha1/adminnetworkpolicy_types.go. */
export const ADMIN_NETWORK_POLICY: Dialect = {
  kind: 'AdminNetworkPolicy',
  tier: 'Admin',
  actions: ['Allow', 'Deny', 'Pass'],
  ports: 'ports',
  most: 100,
  egressPeers: ['namespaces', 'pods', 'nodes', 'networks', 'domainNames'],
};

/** v1alpha1. Source followed: apis/v1alpha1/baselineadminnetworkpolicy_types.go. */
export const BASELINE_ADMIN_NETWORK_POLICY: Dialect = {
  kind: 'BaselineAdminNetworkPolicy',
  tier: 'Baseline',
  actions: ['Allow', 'Deny'],
  ports: 'ports',
  most: 100,
  egressPeers: ['namespaces', 'pods', 'nodes', 'networks'],
};

const TIERS: readonly ClusterNetworkPolicy['tier'][] = ['Admin', 'Baseline'];
const HIGHEST_PRIORITY = 1000;

/** Reads and validates a cluster-scoped policy as its CRD's schema does. */
export const readClusterNetworkPolicy = (
  root: Field,
  dialect: Dialect,
  context: ReadContext,
): ClusterNetworkPolicy => {
  const { name } = readMetadata(root);
  if (dialect.kind === 'BaselineAdminNetworkPolicy' && name !== '' && name !== 'default') {
    root.invalid('there can be only one, and it has another name', 'metadata.name "default"');
  }
  if (root.at('spec').absent) root.at('spec').required('there is no spec', 'a spec');
  const spec = root.at('spec').object();
  checkMembers(
    spec,
    [...(dialect.tier === undefined ? ['tier'] : []), 'priority', 'subject', 'ingress', 'egress'],
    context,
  );
  const source = context.sourceOf([]);
  return {
    kind: dialect.kind,
    name,
    tier: dialect.tier ?? readRequired(spec.at('tier'), TIERS) ?? 'Admin',
    priority: dialect.kind === 'BaselineAdminNetworkPolicy' ? 0 : readPriority(spec.at('priority')),
    subject: readSubject(spec.at('subject'), context),
    ingress: itemsWithin(spec.at('ingress'), 0, dialect.most).map((rule) =>
      readRule(rule, 'from', dialect, context),
    ),
    egress: itemsWithin(spec.at('egress'), 0, dialect.most).map((rule) =>
      readRule(rule, 'to', dialect, context),
    ),
    ...(source === undefined ? {} : { source }),
  };
};

const readPriority = (field: Field): number => {
  if (field.absent) {
    field.required('there is no priority', `a number between 0 and ${HIGHEST_PRIORITY}`);
  }
  return field.integerWithin(0, HIGHEST_PRIORITY) ?? 0;
};

const readRequired = <Word extends string>(
  field: Field,
  words: readonly Word[],
): Word | undefined => {
  if (field.absent) field.required('it is not there', words.join(' or '));
  return field.oneOf(words);
};

const LONGEST_NAME = 100;

const readRule = (
  field: Field,
  peersKey: 'from' | 'to',
  dialect: Dialect,
  context: ReadContext,
): ClusterNetworkPolicyRule => {
  const rule = field.object();
  checkMembers(rule, ['name', 'action', peersKey, dialect.ports], context);
  const name = rule.at('name').text();
  if (name !== undefined && name.length > LONGEST_NAME) {
    rule
      .at('name')
      .report(
        'FieldValueTooLong',
        `${name.length} characters are too many`,
        `at most ${LONGEST_NAME} characters`,
      );
  }
  const action = readRequired(rule.at('action'), dialect.actions) ?? 'Deny';
  const peersField = rule.at(peersKey);
  if (peersField.absent) peersField.required('there are no peers', 'at least one peer');
  const known = peersKey === 'from' ? (['namespaces', 'pods'] as const) : dialect.egressPeers;
  const peers = itemsWithin(peersField, 1, dialect.most).map((peer) =>
    readPeer(peer, known, context),
  );
  const ports = itemsWithin(rule.at(dialect.ports), 1, dialect.most).map((port) =>
    dialect.ports === 'ports' ? readPort(port, context) : readProtocol(port, context),
  );
  if (!context.lenientPolicies) checkNamedPorts(field, { peersKey, peers, ports });
  const source = context.sourceOf(field.path);
  return {
    ...(name === undefined ? {} : { name }),
    action: action === 'Accept' ? 'Allow' : action,
    peers: peers.filter((peer) => peer !== undefined),
    ports: ports.filter((port) => port !== undefined),
    ...(source === undefined ? {} : { source }),
  };
};

interface Parts {
  readonly peersKey: 'from' | 'to';
  readonly peers: readonly (ClusterNetworkPolicyRule['peers'][number] | undefined)[];
  readonly ports: readonly (ClusterNetworkPolicyRule['ports'][number] | undefined)[];
}

/** Only pods have named ports. */
const checkNamedPorts = (field: Field, { peersKey, peers, ports }: Parts): void => {
  const unnamed = peers.find((peer) => peer !== undefined && peer.kind !== 'pods');
  if (peersKey === 'from' || unnamed === undefined) return;
  if (!ports.some((port) => port !== undefined && 'name' in port)) return;
  field.invalid(
    'networks/nodes/domainNames peer cannot be set with namedPorts since there are no namedPorts for them',
    'port numbers, or peers that are namespaces or pods',
  );
};
