import type { CalicoPolicy, CalicoProfile, CalicoSelector } from '@podpath/cluster';
import {
  asSelectedServiceAccounts,
  inSelectedNamespaces,
  selectedEndpoints,
} from './calico-selector.ts';
import { all, type LabelExpression, labelIs } from './label-expression.ts';
import type { Policy, Profile, Stage } from './model.ts';
import { NAMESPACE, SERVICE_ACCOUNT } from './scoped-labels.ts';
import { translateCalicoRule } from './translate-calico-rule.ts';
import type { Direction, PolicyRef } from './verdict.ts';

/**
 * A NetworkPolicy or GlobalNetworkPolicy of projectcalico.org/v3.
 * Follows libcalico-go/lib/backend/syncersv1/updateprocessors.
 */
export const translateCalicoPolicy = (policy: CalicoPolicy, ref: PolicyRef): Policy => {
  const rulesOf = (direction: Direction) =>
    policy[direction].map((rule, index) =>
      translateCalicoRule(rule, { policy: ref, direction, index }, policy.namespace),
    );
  const stages = stagesOf(policy);
  return {
    ref,
    subject: subjectOf(policy),
    ...(stages === undefined ? {} : { stages }),
    ...(policy.types.includes('Ingress') ? { ingress: rulesOf('ingress') } : {}),
    ...(policy.types.includes('Egress') ? { egress: rulesOf('egress') } : {}),
  };
};

const stagesOf = ({
  doNotTrack,
  preDnat,
  applyOnForward,
}: CalicoPolicy): readonly Stage[] | undefined => {
  if (doNotTrack) return ['untracked'];
  if (preDnat) return ['pre-dnat'];
  return applyOnForward ? ['endpoint', 'forward'] : undefined;
};

const subjectOf = (policy: CalicoPolicy): LabelExpression => {
  const { namespace, selector, namespaceSelector, serviceAccountSelector } = policy;
  // With a further selector, "all" in the first one means all that the further one can be about.
  const narrowed = narrow(selector.selector, [
    ...(namespaceSelector === undefined ? [] : [NAMESPACE]),
    ...(serviceAccountSelector === undefined ? [] : [SERVICE_ACCOUNT]),
  ]);
  return all(
    namespace === undefined ? undefined : labelIs(NAMESPACE, namespace),
    namespaceSelector === undefined ? undefined : inSelectedNamespaces(namespaceSelector.selector),
    serviceAccountSelector === undefined
      ? undefined
      : asSelectedServiceAccounts(serviceAccountSelector.selector),
    narrowed,
  );
};

const narrow = (selector: CalicoSelector, labels: readonly string[]): LabelExpression =>
  selector.kind === 'all'
    ? all(...labels.map((label): LabelExpression => ({ kind: 'has', label })))
    : selectedEndpoints(selector);

export const translateCalicoProfile = ({
  name,
  ingress,
  egress,
  source,
}: CalicoProfile): Profile => {
  const ref: PolicyRef = {
    kind: 'Profile',
    apiGroup: 'projectcalico.org',
    name,
    ...(source === undefined ? {} : { source }),
  };
  const translate = (rules: CalicoProfile['ingress'], direction: Direction) =>
    rules.map((rule, index) =>
      translateCalicoRule(rule, { policy: ref, direction, index }, undefined),
    );
  return { ingress: translate(ingress, 'ingress'), egress: translate(egress, 'egress') };
};
