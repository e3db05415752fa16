import type { Labels } from '../objects.ts';
import type { Field } from './field.ts';
import { labelKeyFault, labelValueFault } from './names.ts';

/** A map of labels. Faults are reported under the map's own path, as the API server does. */
export const readLabels = (field: Field): Labels => {
  const labels: Record<string, string> = {};
  for (const [key, member] of field.members()) {
    const keyFault = labelKeyFault(key);
    if (keyFault !== undefined) {
      field.report('FieldValueInvalid', `key ${keyFault.reason}`, keyFault.expected, member);
      continue;
    }
    const value = readLabelValue(member, field);
    if (value !== undefined) labels[key] = value;
  }
  return labels;
};

const readLabelValue = (member: Field, map: Field): string | undefined => {
  const { value } = member;
  if (value === null) return '';
  if (typeof value !== 'string') {
    const hint = typeof value === 'object' ? 'a string' : `a string: quote it, "${String(value)}"`;
    map.report(
      'FieldValueInvalid',
      `${nameOf(member)}: ${describe(value)} is no string`,
      hint,
      member,
    );
    return undefined;
  }
  const fault = labelValueFault(value);
  if (fault === undefined) return value;
  const reason = `value of ${nameOf(member)}: ${fault.reason}`;
  map.report('FieldValueInvalid', reason, fault.expected, member);
  return undefined;
};

/** A map of texts that are free, as annotations are. */
export const readTexts = (field: Field): Readonly<Record<string, string>> => {
  const texts: Record<string, string> = {};
  for (const [key, member] of field.members()) {
    const value = member.string();
    if (value !== undefined && labelKeyFault(key) === undefined) texts[key] = value;
  }
  return texts;
};

const nameOf = (member: Field): string => String(member.path.at(-1));

const describe = (value: unknown): string =>
  typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'an object') : String(value);
