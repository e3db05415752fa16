import type { CalicoSelector } from '@podpath/cluster';
import { EVERYTHING, type LabelExpression, labelIs, not } from './label-expression.ts';
import {
  NAMESPACE,
  ORCHESTRATOR,
  ofNamespace,
  ofServiceAccount,
  SERVICE_ACCOUNT,
} from './scoped-labels.ts';

/** Whose labels a Calico selector is over, and what its words for "all" mean there. */
interface Reading {
  readonly label: (key: string) => string;
  readonly all: LabelExpression;
  readonly global: LabelExpression;
}

const has = (label: string): LabelExpression => ({ kind: 'has', label });

const NAME = 'projectcalico.org/name';
const WELL_KNOWN = new Map([
  ['projectcalico.org/namespace', NAMESPACE],
  ['projectcalico.org/serviceaccount', SERVICE_ACCOUNT],
  ['projectcalico.org/orchestrator', ORCHESTRATOR],
  [`pcns.${NAME}`, NAMESPACE],
  [`pcsa.${NAME}`, SERVICE_ACCOUNT],
]);

/** A label of an endpoint or network set. What it has from its namespace or service account has a prefix. */
const ofEndpoint = (key: string): string => {
  const known = WELL_KNOWN.get(key);
  if (known !== undefined) return known;
  if (key.startsWith('pcns.')) return ofNamespace(key.slice('pcns.'.length));
  return key.startsWith('pcsa.') ? ofServiceAccount(key.slice('pcsa.'.length)) : key;
};

const ENDPOINTS: Reading = { label: ofEndpoint, all: EVERYTHING, global: EVERYTHING };

const NAMESPACES: Reading = {
  label: (key) => (key === NAME ? NAMESPACE : ofNamespace(key)),
  all: has(NAMESPACE),
  global: not(has(NAMESPACE)),
};

const SERVICE_ACCOUNTS: Reading = {
  label: (key) => (key === NAME ? SERVICE_ACCOUNT : ofServiceAccount(key)),
  all: has(SERVICE_ACCOUNT),
  global: EVERYTHING,
};

/** Over endpoints and network sets. */
export const selectedEndpoints = (selector: CalicoSelector): LabelExpression =>
  compile(selector, ENDPOINTS);

/** Over what is in namespaces that match; `all()` is whatever is in one, `global()` whatever is in none. */
export const inSelectedNamespaces = (selector: CalicoSelector): LabelExpression =>
  compile(selector, NAMESPACES);

/** Over pods that run as service accounts that match; `all()` is whatever runs as one. */
export const asSelectedServiceAccounts = (selector: CalicoSelector): LabelExpression =>
  compile(selector, SERVICE_ACCOUNTS);

const compile = (selector: CalicoSelector, reading: Reading): LabelExpression => {
  switch (selector.kind) {
    case 'all':
      return reading.all;
    case 'global':
      return reading.global;
    case 'has':
      return has(reading.label(selector.label));
    case '==':
      return labelIs(reading.label(selector.label), selector.value);
    case '!=':
      return not(labelIs(reading.label(selector.label), selector.value));
    case 'in':
      return labelIs(reading.label(selector.label), ...selector.values);
    case 'not in':
      return not(labelIs(reading.label(selector.label), ...selector.values));
    case 'contains':
    case 'starts with':
    case 'ends with':
      return {
        kind: selector.kind,
        label: reading.label(selector.label),
        value: selector.value,
      };
    case 'not':
      return not(compile(selector.operand, reading));
    case 'and':
    case 'or':
      return {
        kind: selector.kind,
        operands: selector.operands.map((operand) => compile(operand, reading)),
      };
  }
};
