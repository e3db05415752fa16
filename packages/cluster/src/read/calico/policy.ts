import type { CalicoPolicy } from '../../calico/objects.ts';
import type { ReadContext } from '../context.ts';
import type { Field } from '../field.ts';
import { checkDuplicates, checkMembers, itemsWithin } from '../known-members.ts';
import { readMetadata, readNamespaceName } from '../metadata.ts';
import { dnsLabelFault, dnsSubdomainFault, type NameFault } from '../names.ts';
import { readRule } from './rule.ts';
import { readPlainSelector } from './selector.ts';

const DEFAULT_TIER = 'default';
const MOST_RULES = 1024;
const TYPES = ['Ingress', 'Egress'] as const;
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const NAME = new RegExp(`^(${LABEL}\\.)?${LABEL}$`);
const CONVERTED_NAME = /^(knp|ossg)\.default\./;

const MEMBERS = {
  NetworkPolicy: [
    'tier',
    'order',
    'selector',
    'serviceAccountSelector',
    'types',
    'ingress',
    'egress',
    'performanceHints',
  ],
  GlobalNetworkPolicy: [
    'tier',
    'order',
    'selector',
    'namespaceSelector',
    'serviceAccountSelector',
    'types',
    'ingress',
    'egress',
    'doNotTrack',
    'preDNAT',
    'applyOnForward',
    'performanceHints',
  ],
} as const;

/**
 * Reads, validates and defaults a NetworkPolicy or GlobalNetworkPolicy of projectcalico.org/v3. Sources followed:
 * networkpolicy.go and globalnetworkpolicy.go of Calico's API, libcalico-go/lib/validator/v3, api/pkg/defaults.
 */
export const readPolicy = (
  root: Field,
  kind: CalicoPolicy['kind'],
  context: ReadContext,
  moreMembers: readonly string[] = [],
): CalicoPolicy => {
  const { name } = readMetadata(root, nameFault);
  const namespace =
    kind === 'NetworkPolicy' ? readNamespaceName(root, context.defaultNamespace) : undefined;
  const spec = root.at('spec').object();
  checkMembers(spec, [...MEMBERS[kind], ...moreMembers], context);
  const rulesOf = (direction: 'ingress' | 'egress') =>
    itemsWithin(spec.at(direction), 0, MOST_RULES).map((rule) =>
      readRule(rule, { direction, namespace }, context),
    );
  const ingress = rulesOf('ingress');
  const egress = rulesOf('egress');
  const order = readOrder(spec.at('order'));
  const isGlobal = kind === 'GlobalNetworkPolicy';
  const namespaceSelector = isGlobal ? readPlainSelector(spec.at('namespaceSelector')) : undefined;
  const serviceAccountSelector = readPlainSelector(spec.at('serviceAccountSelector'));
  const source = context.sourceOf([]);
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    tier: readTierName(spec.at('tier')),
    ...(order === undefined ? {} : { order }),
    selector: readPlainSelector(spec.at('selector')) ?? { text: '', selector: { kind: 'all' } },
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ...(serviceAccountSelector === undefined ? {} : { serviceAccountSelector }),
    types: readTypes(spec.at('types'), { ingress: ingress.length, egress: egress.length }),
    ingress,
    egress,
    ...(isGlobal ? readStages(spec) : { doNotTrack: false, preDnat: false, applyOnForward: false }),
    ...(source === undefined ? {} : { source }),
  };
};

/** A label, or two with a dot between them: the first is the tier where the store puts it into the name. */
const nameFault = (name: string): NameFault | undefined => {
  const tooLong = dnsSubdomainFault(name);
  if (tooLong !== undefined || NAME.test(name) || CONVERTED_NAME.test(name)) return tooLong;
  return {
    reason: `${JSON.stringify(name)} has more than one dot`,
    expected: 'lower case letters, digits and -, with one dot at most',
  };
};

const readTierName = (field: Field): string => {
  const name = field.text();
  const fault = name === undefined ? undefined : dnsLabelFault(name);
  if (fault !== undefined) field.invalid(fault.reason, fault.expected);
  return name ?? DEFAULT_TIER;
};

/** Orders need not be whole. */
export const readOrder = (field: Field): number | undefined => {
  if (field.absent) return undefined;
  if (typeof field.value === 'number' && Number.isFinite(field.value)) return field.value;
  field.wrongType('a number');
  return undefined;
};

const readTypes = (
  field: Field,
  rules: { readonly ingress: number; readonly egress: number },
): CalicoPolicy['types'] => {
  const items = itemsWithin(field, 0, TYPES.length);
  checkDuplicates(items);
  if (items.length > 0) {
    return items.map((item) => item.oneOf(TYPES)).filter((type) => type !== undefined);
  }
  return [
    ...(rules.ingress > 0 || rules.egress === 0 ? (['Ingress'] as const) : []),
    ...(rules.egress > 0 ? (['Egress'] as const) : []),
  ];
};

/** When it is asked at host endpoints. */
const readStages = (spec: Field) => {
  const doNotTrack = spec.at('doNotTrack').boolean() ?? false;
  const preDnat = spec.at('preDNAT').boolean() ?? false;
  const applyOnForward = spec.at('applyOnForward').boolean() ?? false;
  const forbid = (key: string, reason: string, expected: string) => {
    spec.at(key).report('FieldValueForbidden', reason, expected);
  };
  if (doNotTrack && preDnat) {
    forbid('preDNAT', 'preDNAT and doNotTrack cannot both be true', 'one of them');
  }
  if (preDnat && spec.at('egress').items().length > 0) {
    forbid('egress', 'preDNAT policy cannot have any egress rules', 'ingress rules alone');
  }
  if (
    preDnat &&
    spec
      .at('types')
      .items()
      .some(({ value }) => value === 'Egress')
  ) {
    forbid('types', "preDNAT policy cannot have 'Egress' type", 'Ingress alone');
  }
  if ((doNotTrack || preDnat) && !applyOnForward) {
    spec
      .at('applyOnForward')
      .invalid('applyOnForward must be true if either preDNAT or doNotTrack is true', 'true');
  }
  return { doNotTrack, preDnat, applyOnForward };
};
