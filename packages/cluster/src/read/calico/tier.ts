import type { CalicoTier } from '../../calico/objects.ts';
import type { ReadContext } from '../context.ts';
import type { Field } from '../field.ts';
import { checkMembers } from '../known-members.ts';
import { readMetadata } from '../metadata.ts';
import { dnsLabelFault } from '../names.ts';
import { readOrder } from './policy.ts';

const ACTIONS = ['Deny', 'Pass'] as const;

/** Tiers that Calico makes itself, and keeps as they are. */
const FIXED = new Map<string, { readonly order: number; readonly action: 'Deny' | 'Pass' }>([
  ['kube-admin', { order: 1000, action: 'Pass' }],
  ['default', { order: 1_000_000, action: 'Deny' }],
  ['kube-baseline', { order: 10_000_000, action: 'Pass' }],
]);

export const readTier = (root: Field, context: ReadContext): CalicoTier => {
  const { name } = readMetadata(root, dnsLabelFault);
  const spec = root.at('spec').object();
  checkMembers(spec, ['order', 'defaultAction'], context);
  const order = readOrder(spec.at('order'));
  const given = spec.at('defaultAction').oneOf(ACTIONS);
  const fixed = FIXED.get(name);
  if (fixed !== undefined && order !== fixed.order) {
    const reason = `the order of tier ${name} is not ${fixed.order}`;
    spec.at('order').invalid(reason, String(fixed.order));
  }
  if (fixed !== undefined && given !== undefined && given !== fixed.action) {
    const reason = `the default action of tier ${name} is not ${fixed.action}`;
    spec.at('defaultAction').invalid(reason, fixed.action);
  }
  return {
    name,
    ...(order === undefined ? {} : { order }),
    defaultAction: given ?? fixed?.action ?? 'Deny',
  };
};
