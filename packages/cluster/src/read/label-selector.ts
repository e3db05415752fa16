import type { LabelSelector, SelectorOperator, SelectorRequirement } from '../objects.ts';
import type { Field } from './field.ts';
import { readLabels } from './labels.ts';
import { labelKeyFault, labelValueFault } from './names.ts';

const OPERATORS: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

const isOperator = (text: string): text is SelectorOperator => OPERATORS.includes(text);

/** A label selector; absent reads as the empty one, so ask `field.absent` first where they differ. */
export const readLabelSelector = (field: Field): LabelSelector => {
  const selector = field.object();
  return {
    matchLabels: readLabels(selector.at('matchLabels')),
    matchExpressions: selector
      .at('matchExpressions')
      .items()
      .map(readRequirement)
      .filter((requirement) => requirement !== undefined),
  };
};

const readRequirement = (field: Field): SelectorRequirement | undefined => {
  const requirement = field.object();
  const key = readKey(requirement.at('key'));
  const operator = readOperator(requirement.at('operator'));
  const values = readValues(requirement.at('values'), operator);
  if (key === undefined || operator === undefined) return undefined;
  return { key, operator, values };
};

const readKey = (field: Field): string | undefined => {
  const key = field.string() ?? '';
  const fault = labelKeyFault(key);
  if (fault === undefined) return key;
  field.invalid(fault.reason, fault.expected);
  return undefined;
};

const readOperator = (field: Field): SelectorOperator | undefined => {
  const operator = field.string() ?? '';
  if (isOperator(operator)) return operator;
  const reason = `${JSON.stringify(operator)} is not a valid selector operator`;
  field.invalid(reason, OPERATORS.join(' or '));
  return undefined;
};

const readValues = (field: Field, operator: SelectorOperator | undefined): string[] => {
  const items = field.items();
  const takesValues = operator === 'In' || operator === 'NotIn';
  if (takesValues && items.length === 0) {
    field.required(`${operator} has no values`, 'at least one value');
  }
  if (operator !== undefined && !takesValues && items.length > 0) {
    field.report('FieldValueForbidden', `${operator} takes no values`, 'no values');
  }
  return items.map(readValue).filter((value) => value !== undefined);
};

const readValue = (field: Field): string | undefined => {
  const value = field.string() ?? '';
  const fault = labelValueFault(value);
  if (fault === undefined) return value;
  field.invalid(fault.reason, fault.expected);
  return undefined;
};
