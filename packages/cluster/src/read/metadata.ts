import type { Labels } from '../objects.ts';
import { pseudoRandomSuffix } from '../pseudo-random-name.ts';
import type { Field } from './field.ts';
import { readLabels } from './labels.ts';
import { dnsLabelFault, dnsSubdomainFault, type NameFault } from './names.ts';

/** The controller that made an object, as `metadata.ownerReferences` names it. */
export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
}

export interface Metadata {
  readonly name: string;
  readonly labels: Labels;
  readonly owner: OwnerReference | undefined;
}

/** What every object has. An object whose name cannot be read has the empty name, and a problem. */
export const readMetadata = (
  root: Field,
  nameFault: (name: string) => NameFault | undefined = dnsSubdomainFault,
): Metadata => {
  const metadata = root.at('metadata').object();
  return {
    name: readName(metadata, nameFault),
    labels: readLabels(metadata.at('labels')),
    owner: readOwner(metadata.at('ownerReferences')),
  };
};

const readName = (metadata: Field, nameFault: (name: string) => NameFault | undefined): string => {
  const field = metadata.at('name');
  const prefix = metadata.at('generateName').text();
  const name = field.text();
  if (name === undefined && prefix !== undefined) return `${prefix}${pseudoRandomSuffix(prefix)}`;
  if (name === undefined) {
    if (field.absent || field.value === '') field.required('there is no name', 'a name');
    return '';
  }
  const fault = nameFault(name);
  if (fault !== undefined) field.invalid(fault.reason, fault.expected);
  return name;
};

/** The namespace of a namespaced object. */
export const readNamespaceName = (root: Field, fallback: string): string => {
  const field = root.at('metadata').at('namespace');
  const name = field.text();
  const fault = name === undefined ? undefined : dnsLabelFault(name);
  if (fault !== undefined) field.invalid(fault.reason, fault.expected);
  return name ?? fallback;
};

/** The managing controller; dumps that were cut down to kind and name have just one reference. */
const readOwner = (field: Field): OwnerReference | undefined => {
  const references = field.items().map((item) => ({
    kind: item.object().at('kind').text(),
    name: item.at('name').text(),
    controller: item.at('controller').boolean() ?? false,
  }));
  const reference = references.find(({ controller }) => controller) ?? references[0];
  if (reference?.kind === undefined || reference.name === undefined) return undefined;
  return { kind: reference.kind, name: reference.name };
};
