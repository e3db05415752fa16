import type { CalicoSelectorText } from '../../calico/objects.ts';
import { parseSelector } from '../../calico/parse-selector.ts';
import type { Selector } from '../../calico/selector.ts';
import { SelectorError } from '../../calico/selector-error.ts';
import type { Field } from '../field.ts';

const LONGEST_SELECTOR = 1024;

/** A selector; absent or empty is `undefined`, which means what each field says. */
export const readSelector = (field: Field): CalicoSelectorText | undefined => {
  const text = field.text();
  if (text === undefined) return undefined;
  if (text.length > LONGEST_SELECTOR) {
    const expected = `at most ${LONGEST_SELECTOR} characters`;
    field.report('FieldValueTooLong', `${text.length} characters are too many`, expected);
    return undefined;
  }
  try {
    return { text, selector: parseSelector(text) };
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    field.invalid(error.reason, error.expected);
    return undefined;
  }
};

/** As above, for fields where `global()` has no meaning. */
export const readPlainSelector = (field: Field): CalicoSelectorText | undefined => {
  const found = readSelector(field);
  if (found === undefined || !mentionsGlobal(found.selector)) return found;
  field.invalid(
    'global() can only be used in the namespaceSelector of a rule',
    'a selector without global()',
  );
  return undefined;
};

/** The namespace selector of a rule, where `global()` stands for what is in no namespace, and stands alone. */
export const readNamespaceSelector = (field: Field): CalicoSelectorText | undefined => {
  const found = readSelector(field);
  if (found === undefined || found.selector.kind === 'global') return found;
  if (!mentionsGlobal(found.selector)) return found;
  field.invalid(
    'global() cannot be combined with other selectors',
    'global() alone, or without it',
  );
  return undefined;
};

const mentionsGlobal = (selector: Selector): boolean => {
  switch (selector.kind) {
    case 'global':
      return true;
    case 'not':
      return mentionsGlobal(selector.operand);
    case 'and':
    case 'or':
      return selector.operands.some(mentionsGlobal);
    default:
      return false;
  }
};
