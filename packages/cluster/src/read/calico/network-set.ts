import type { NetworkSet } from '../../calico/objects.ts';
import type { ReadContext } from '../context.ts';
import type { Field } from '../field.ts';
import { checkMembers } from '../known-members.ts';
import { readMetadata, readNamespaceName } from '../metadata.ts';
import { readNets } from './entity.ts';

const RESERVED_LABEL = 'projectcalico.org/namespace';

/** A NetworkSet or GlobalNetworkSet. Its networks may have host bits, which mean nothing. */
export const readNetworkSet = (
  root: Field,
  kind: 'NetworkSet' | 'GlobalNetworkSet',
  context: ReadContext,
): NetworkSet => {
  const { name, labels } = readMetadata(root);
  const labelsField = root.at('metadata').at('labels');
  if (!labelsField.at(RESERVED_LABEL).absent) {
    labelsField.invalid(`${RESERVED_LABEL} is not a valid label name`, 'other labels');
  }
  const spec = root.at('spec').object();
  checkMembers(spec, ['nets'], context);
  return {
    ...(kind === 'NetworkSet'
      ? { namespace: readNamespaceName(root, context.defaultNamespace) }
      : {}),
    name,
    labels,
    nets: readNets(spec.at('nets'), { hostBits: true }),
  };
};
