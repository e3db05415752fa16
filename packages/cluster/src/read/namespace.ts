import type { Labels, Namespace } from '../objects.ts';
import type { ReadContext } from './context.ts';
import type { Field } from './field.ts';
import { readMetadata } from './metadata.ts';
import { dnsLabelFault } from './names.ts';

const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

export const readNamespace = (root: Field, context: ReadContext): Namespace => {
  const { name, labels } = readMetadata(root, dnsLabelFault);
  const source = context.sourceOf([]);
  return { ...makeNamespace(name, labels), ...(source === undefined ? {} : { source }) };
};

/** A namespace with the label that the API server sees to. */
export const makeNamespace = (name: string, labels: Labels = {}): Namespace => ({
  name,
  labels: { ...labels, [NAMESPACE_NAME_LABEL]: name },
});
