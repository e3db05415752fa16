import { familyOf, formatPrefix, type Prefix, prefixCovers } from '@podpath/net';
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyRule } from '../objects.ts';
import { readPrefix } from './address.ts';
import type { ReadContext } from './context.ts';
import type { Field } from './field.ts';
import { checkMembers } from './known-members.ts';
import { readLabelSelector } from './label-selector.ts';
import { readMetadata, readNamespaceName } from './metadata.ts';
import { readNetworkPolicyPort } from './network-policy-port.ts';

type PolicyType = NetworkPolicy['policyTypes'][number];

/** What a NetworkPolicy's CIDRs and unknown members are held to. */
export interface NetworkPolicyContext extends ReadContext {
  /** CIDRs that stay allowed although they are not strictly right, because the old object had them. */
  readonly keptCidrs?: ReadonlySet<string>;
  /** Of the spec, besides its own. */
  readonly moreMembers?: readonly string[];
}

/**
 * Reads, validates and defaults a NetworkPolicy as the API server does. Sources followed: Kubernetes'
 * pkg/apis/networking/validation and pkg/apis/networking/v1/defaults.go.
 */
export const readNetworkPolicy = (root: Field, context: NetworkPolicyContext): NetworkPolicy => {
  const spec = root.at('spec').object();
  const { moreMembers = [] } = context;
  checkMembers(spec, ['podSelector', 'policyTypes', 'ingress', 'egress', ...moreMembers], context);
  const ingress = spec
    .at('ingress')
    .items()
    .map((rule) => readRule(rule, 'from', context));
  const egress = spec
    .at('egress')
    .items()
    .map((rule) => readRule(rule, 'to', context));
  const source = context.sourceOf([]);
  return {
    namespace: readNamespaceName(root, context.defaultNamespace),
    name: readMetadata(root).name,
    podSelector: readLabelSelector(spec.at('podSelector')),
    policyTypes: readPolicyTypes(spec.at('policyTypes'), egress.length > 0),
    ingress,
    egress,
    ...(source === undefined ? {} : { source }),
  };
};

/** Without types, a policy is about ingress, and about egress if it has egress rules. */
const readPolicyTypes = (field: Field, hasEgressRules: boolean): PolicyType[] => {
  const items = field.items();
  if (items.length === 0) return hasEgressRules ? ['Ingress', 'Egress'] : ['Ingress'];
  if (items.length > 2) {
    field.invalid('there are more than two policy types', 'Ingress, Egress or both');
    return [];
  }
  const types = items.map((item) => {
    if (item.absent) item.report('FieldValueNotSupported', 'it is empty', 'Ingress or Egress');
    return item.oneOf<PolicyType>(['Ingress', 'Egress']);
  });
  return [...new Set(types.filter((type) => type !== undefined))];
};

const readRule = (
  field: Field,
  peersKey: 'from' | 'to',
  context: NetworkPolicyContext,
): NetworkPolicyRule => {
  const rule = field.object();
  checkMembers(rule, ['ports', peersKey], context);
  const source = context.sourceOf(field.path);
  return {
    peers: rule
      .at(peersKey)
      .items()
      .map((peer) => readPeer(peer, context)),
    ports: rule
      .at('ports')
      .items()
      .map((port) => {
        checkMembers(port, ['protocol', 'port', 'endPort'], context);
        return readNetworkPolicyPort(port);
      }),
    ...(source === undefined ? {} : { source }),
  };
};

const readPeer = (field: Field, context: NetworkPolicyContext): NetworkPolicyPeer => {
  const peer = field.object();
  checkMembers(peer, ['podSelector', 'namespaceSelector', 'ipBlock'], context);
  const podSelector = peer.at('podSelector');
  const namespaceSelector = peer.at('namespaceSelector');
  const ipBlock = peer.at('ipBlock');
  const hasSelector = !podSelector.absent || !namespaceSelector.absent;
  if (!hasSelector && ipBlock.absent) {
    const expected = 'podSelector, namespaceSelector or ipBlock';
    field.required('the entry is empty: you must specify a peer', expected);
  } else if (hasSelector && !ipBlock.absent) {
    const reason = 'there are both ipBlock and another peer';
    field.report('FieldValueForbidden', reason, 'ipBlock alone, or selectors without it');
  }
  return {
    ...(podSelector.absent ? {} : { podSelector: readLabelSelector(podSelector) }),
    ...(namespaceSelector.absent
      ? {}
      : { namespaceSelector: readLabelSelector(namespaceSelector) }),
    ...(ipBlock.absent ? {} : readIpBlock(ipBlock.object(), context)),
  };
};

const readIpBlock = (
  block: Field,
  context: NetworkPolicyContext,
): Pick<NetworkPolicyPeer, 'ipBlock'> => {
  checkMembers(block, ['cidr', 'except'], context);
  const field = block.at('cidr');
  if (field.absent || field.value === '') {
    field.required('there is no CIDR', 'a CIDR such as 10.0.0.0/8');
    return {};
  }
  const cidr = readCidr(field, context);
  if (cidr === undefined) return {};
  const except = block
    .at('except')
    .items()
    .map((item) => readExcept(item, cidr, context));
  return { ipBlock: { cidr, except: except.filter((one) => one !== undefined) } };
};

const readExcept = (
  field: Field,
  cidr: Prefix,
  context: NetworkPolicyContext,
): Prefix | undefined => {
  if (field.absent) field.invalid('it is empty', 'a CIDR');
  const except = readCidr(field, context);
  if (except === undefined) return undefined;
  if (except.length <= cidr.length || !prefixCovers(cidr, except)) {
    const why =
      familyOf(except.address) === familyOf(cidr.address) ? '' : ', being of the other family';
    const reason = `${formatPrefix(except)} is no strict subset of ${formatPrefix(cidr)}${why}`;
    field.invalid(reason, `a smaller block inside ${formatPrefix(cidr)}`);
  }
  return except;
};

const readCidr = (field: Field, context: NetworkPolicyContext): Prefix | undefined => {
  const kept = typeof field.value === 'string' && context.keptCidrs?.has(field.value) === true;
  return readPrefix(field, context.strictCidrs && !kept);
};
