import type { StagedKubernetesPolicy, StagedPolicy } from '../../calico/objects.ts';
import type { ReadContext } from '../context.ts';
import type { Field } from '../field.ts';
import { readNetworkPolicy } from '../network-policy.ts';
import { readPolicy } from './policy.ts';

const ACTIONS = ['Set', 'Delete', 'Learn', 'Ignore'] as const;
const MEMBER = 'stagedAction';

const ENFORCED = {
  StagedNetworkPolicy: 'NetworkPolicy',
  StagedGlobalNetworkPolicy: 'GlobalNetworkPolicy',
} as const;

/** Reads a policy that is only staged: as the kind that it stands for, with what is to be done with it. */
export const readStagedPolicy = (
  root: Field,
  kind: StagedPolicy['kind'],
  context: ReadContext,
): StagedPolicy => {
  const spec = root.at('spec').object();
  const stagedAction = spec.at(MEMBER).oneOf(ACTIONS) ?? 'Set';
  if (stagedAction === 'Delete') checkEmpty(spec, kind);
  if (kind === 'StagedKubernetesNetworkPolicy') {
    return { kind, stagedAction, policy: readKubernetesPolicy(root, context) };
  }
  return { kind, stagedAction, policy: readPolicy(root, ENFORCED[kind], context, [MEMBER]) };
};

const readKubernetesPolicy = (root: Field, context: ReadContext): StagedKubernetesPolicy =>
  readNetworkPolicy(root, { ...context, moreMembers: [MEMBER] });

/** What is to go needs no more than a name. */
const checkEmpty = (spec: Field, kind: StagedPolicy['kind']): void => {
  const kept = kind === 'StagedKubernetesNetworkPolicy' ? [MEMBER] : [MEMBER, 'tier'];
  for (const [key, member] of spec.members()) {
    if (kept.includes(key) || isZero(member.value)) continue;
    const reason = `${key} is there although stagedAction is Delete`;
    member.invalid(reason, `nothing but ${kept.join(' and ')}`);
  }
};

const isZero = (value: unknown): boolean =>
  value === null ||
  value === '' ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);
