import type { ServiceAccount } from '../objects.ts';
import type { ReadContext } from './context.ts';
import type { Field } from './field.ts';
import { readMetadata, readNamespaceName } from './metadata.ts';

export const readServiceAccount = (root: Field, context: ReadContext): ServiceAccount => {
  const { name, labels } = readMetadata(root);
  return { namespace: readNamespaceName(root, context.defaultNamespace), name, labels };
};
