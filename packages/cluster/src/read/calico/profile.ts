import type { CalicoProfile } from '../../calico/objects.ts';
import type { ReadContext } from '../context.ts';
import type { Field } from '../field.ts';
import { checkMembers } from '../known-members.ts';
import { readLabels } from '../labels.ts';
import { readMetadata } from '../metadata.ts';
import { readRule } from './rule.ts';

export const readProfile = (root: Field, context: ReadContext): CalicoProfile => {
  const { name } = readMetadata(root);
  const spec = root.at('spec').object();
  checkMembers(spec, ['ingress', 'egress', 'labelsToApply'], context);
  const rulesOf = (direction: 'ingress' | 'egress') =>
    spec
      .at(direction)
      .items()
      .map((rule) => readRule(rule, { direction, namespace: undefined }, context));
  const source = context.sourceOf([]);
  return {
    name,
    ingress: rulesOf('ingress'),
    egress: rulesOf('egress'),
    labelsToApply: readLabels(spec.at('labelsToApply')),
    ...(source === undefined ? {} : { source }),
  };
};
