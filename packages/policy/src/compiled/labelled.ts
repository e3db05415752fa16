import type { ContainerPort, Labels } from '@podpath/cluster';
import type { LabelExpression } from '../label-expression.ts';
import { NAMESPACE, ORCHESTRATOR, SERVICE_ACCOUNT } from '../scoped-labels.ts';

/** Something with labels at an address, as data. */
export interface Labelled {
  readonly own: Labels;
  readonly namespace?: string;
  readonly account?: string;
  /** Whether it is a pod of the pod network. */
  readonly pod: boolean;
  readonly ports: readonly ContainerPort[];
}

/** What labels come from elsewhere, as it is now. */
export interface LabelSources {
  namespaceLabels(namespace: string): Labels;
  /** `account` is `namespace/name`. */
  accountLabels(account: string): Labels;
  /** The namespaces that have a label with this value. */
  namespacesWith(key: string, value: string): readonly string[];
}

export type Predicate = (thing: Labelled) => boolean;
type Reader = (thing: Labelled) => string | undefined;

const NONE: Labels = {};

/** A label that is there, whatever else objects have. */
export const ownLabel = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

/** How one label of the model is read, its scope found out once. */
const readerOf = (label: string, sources: LabelSources): Reader => {
  if (label === NAMESPACE) return ({ namespace }) => namespace;
  if (label === SERVICE_ACCOUNT) return ({ account }) => account;
  if (label === ORCHESTRATOR) return ({ pod }) => (pod ? 'k8s' : undefined);
  const colon = label.indexOf(':');
  if (colon < 0) return (thing) => ownLabel(thing.own, label);
  const key = label.slice(colon + 1);
  switch (label.slice(0, colon)) {
    case 'namespace':
      return ({ namespace }) =>
        ownLabel(namespace === undefined ? NONE : sources.namespaceLabels(namespace), key);
    case 'serviceaccount':
      return ({ namespace, account }) =>
        ownLabel(
          account === undefined ? NONE : sources.accountLabels(`${namespace}/${account}`),
          key,
        );
    default:
      return () => undefined;
  }
};

/** An expression as a function, for those who ask it of many. */
export const predicateOf = (expression: LabelExpression, sources: LabelSources): Predicate => {
  switch (expression.kind) {
    case 'not': {
      const operand = predicateOf(expression.operand, sources);
      return (thing) => !operand(thing);
    }
    case 'and': {
      const operands = expression.operands.map((each) => predicateOf(each, sources));
      return (thing) => operands.every((operand) => operand(thing));
    }
    case 'or': {
      const operands = expression.operands.map((each) => predicateOf(each, sources));
      return (thing) => operands.some((operand) => operand(thing));
    }
  }
  const read = readerOf(expression.label, sources);
  switch (expression.kind) {
    case 'has':
      return (thing) => read(thing) !== undefined;
    case 'in': {
      const [only, ...others] = expression.values;
      if (only !== undefined && others.length === 0) return (thing) => read(thing) === only;
      const values = new Set(expression.values);
      return (thing) => {
        const value = read(thing);
        return value !== undefined && values.has(value);
      };
    }
    case 'contains':
      return (thing) => read(thing)?.includes(expression.value) === true;
    case 'starts with':
      return (thing) => read(thing)?.startsWith(expression.value) === true;
    case 'ends with':
      return (thing) => read(thing)?.endsWith(expression.value) === true;
  }
};

/** Every label that an expression reads. */
export function* labelsRead(expression: LabelExpression): Generator<string> {
  switch (expression.kind) {
    case 'not':
      yield* labelsRead(expression.operand);
      break;
    case 'and':
    case 'or':
      for (const operand of expression.operands) yield* labelsRead(operand);
      break;
    default:
      yield expression.label;
  }
}

/** Labels that have to have one of some values for the expression to hold. */
export const requirementsOf = (
  expression: LabelExpression,
): readonly { readonly label: string; readonly values: readonly string[] }[] => {
  if (expression.kind === 'in') return [expression];
  return expression.kind === 'and' ? expression.operands.flatMap(requirementsOf) : [];
};
