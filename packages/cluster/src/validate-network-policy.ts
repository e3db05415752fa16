import type { FieldProblem } from './problem.ts';
import { Field, type Finding } from './read/field.ts';
import { readNetworkPolicy } from './read/network-policy.ts';

export interface NetworkPolicyValidation {
  /**
   * StrictIPCIDRValidation of newer API servers: host bits, leading zeros and IPv4-mapped addresses in
   * CIDRs are faults in new values. Default false: they are taken, as the network they lie in.
   */
  readonly strictCidrs?: boolean;
}

/**
 * Everything the API server would find wrong with a `networking.k8s.io/v1` NetworkPolicy. With
 * `oldObject` the request is an update: the name must stay, and some old faults may. Never throws.
 */
export const validateNetworkPolicy = (
  object: unknown,
  oldObject?: unknown,
  { strictCidrs = false }: NetworkPolicyValidation = {},
): FieldProblem[] => {
  const findings = findingsOf(object, strictCidrs, textsIn(oldObject));
  if (oldObject === undefined) return findings.map(withoutPath);
  checkSameName(object, oldObject, findings);
  // An old policy with bad label values in selectors may keep having some.
  const oldHasBadValues = findingsOf(oldObject, false, new Set()).some(isBadSelectorValue);
  const kept = oldHasBadValues ? findings.filter((one) => !isBadSelectorValue(one)) : findings;
  return kept.map(withoutPath);
};

const findingsOf = (
  object: unknown,
  strictCidrs: boolean,
  keptCidrs: ReadonlySet<string>,
): Finding[] => {
  const findings: Finding[] = [];
  readNetworkPolicy(Field.root(object, findings).object(), {
    defaultNamespace: 'default',
    strictCidrs,
    lenientPolicies: false,
    keptCidrs,
    refuseUnknownMembers: false,
    sourceOf: () => undefined,
  });
  return findings;
};

const checkSameName = (object: unknown, oldObject: unknown, findings: Finding[]): void => {
  const nameOf = (value: unknown) => Field.root(value, findings).at('metadata').at('name');
  const oldName = nameOf(oldObject).value;
  if (typeof oldName === 'string' && nameOf(object).value !== oldName) {
    nameOf(object).invalid('the name is immutable', oldName);
  }
};

const isBadSelectorValue = ({ field }: Finding): boolean =>
  /\.matchExpressions\[\d+\]\.values\[\d+\]$/.test(field);

/** Every CIDR of the old object's blocks. */
const textsIn = (object: unknown): Set<string> => {
  const texts = new Set<string>();
  const spec = Field.root(object, []).at('spec');
  const rules = [...spec.at('ingress').items(), ...spec.at('egress').items()];
  for (const peer of rules.flatMap((rule) => [
    ...rule.at('from').items(),
    ...rule.at('to').items(),
  ])) {
    const block = peer.at('ipBlock');
    for (const { value } of [block.at('cidr'), ...block.at('except').items()]) {
      if (typeof value === 'string') texts.add(value);
    }
  }
  return texts;
};

const withoutPath = ({ type, field, reason, expected }: Finding): FieldProblem => ({
  type,
  field,
  reason,
  expected,
});
