import { type CalicoSelector, matchesCalicoSelector, parseCalicoSelector } from '@podpath/cluster';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asSelectedServiceAccounts,
  inSelectedNamespaces,
  selectedEndpoints,
} from './calico-selector.ts';
import { holds } from './label-expression.ts';

/** Where Calico writes the label that a scoped one stands for: all labels of an endpoint are in one place there. */
const inCalico = (label: string): string => {
  switch (label) {
    case ':namespace':
      return 'projectcalico.org/namespace';
    case ':serviceaccount':
      return 'projectcalico.org/serviceaccount';
    case ':orchestrator':
      return 'projectcalico.org/orchestrator';
    default:
      return label.replace(/^namespace:/, 'pcns.').replace(/^serviceaccount:/, 'pcsa.');
  }
};

const KEYS = ['app', 'pcns.team', 'pcsa.team', 'projectcalico.org/namespace'];
const key = fc.constantFrom(...KEYS);
const value = fc.constantFrom('web', 'we', 'x', '');

const { text } = fc.letrec<{ text: string; group: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('all()', 'global()'),
    key.map((label) => `has(${label})`),
    fc
      .tuple(key, fc.constantFrom('==', '!=', 'contains', 'starts with', 'ends with'), value)
      .map(([label, operator, than]) => `${label} ${operator} '${than}'`),
    fc
      .tuple(key, fc.constantFrom('in', 'not in'), fc.array(value, { maxLength: 3 }))
      .map(([label, operator, values]) => `${label} ${operator} {${values.map((v) => `'${v}'`)}}`),
    tie('group'),
    tie('text').map((inner) => `!(${inner})`),
  ),
  group: fc
    .tuple(tie('text'), fc.constantFrom('&&', '||'), tie('text'))
    .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
}));

const labels = fc.dictionary(key, value, { noNullPrototype: true });

describe('a selector of Calico over endpoints', () => {
  it('holds where Calico says so', () => {
    fc.assert(
      fc.property(text, labels, (written, given) => {
        const selector = parseCalicoSelector(written);
        const has = (label: string) => new Map(Object.entries(given)).get(label);
        expect(holds(selectedEndpoints(selector), (label) => has(inCalico(label)))).toBe(
          matchesCalicoSelector(selector, has),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a selector over namespaces or service accounts', () => {
  const over =
    (compile: (selector: CalicoSelector) => ReturnType<typeof selectedEndpoints>) =>
    (written: string, given: Record<string, string>) =>
      holds(compile(parseCalicoSelector(written)), (label) =>
        new Map(Object.entries(given)).get(label),
      );
  const namespaces = over(inSelectedNamespaces);
  const accounts = over(asSelectedServiceAccounts);
  const pod = { ':namespace': 'shop', ':serviceaccount': 'web', 'namespace:team': 'a' };

  it('means all that is in one by all(), and by global() what is in none', () => {
    expect([namespaces('all()', pod), namespaces('all()', { app: 'x' })]).toEqual([true, false]);
    expect([namespaces('global()', pod), namespaces('global()', {})]).toEqual([false, true]);
    expect([accounts('all()', pod), accounts('all()', {})]).toEqual([true, false]);
  });

  it('reads the labels of the namespace or account, and its name', () => {
    expect(namespaces("team == 'a'", pod)).toBe(true);
    expect(namespaces("team == 'a'", { ':namespace': 'shop', team: 'a' })).toBe(false);
    expect(namespaces("projectcalico.org/name == 'shop'", pod)).toBe(true);
    expect(accounts("projectcalico.org/name in {'web'}", pod)).toBe(true);
    expect(accounts("team != 'b'", pod)).toBe(true);
  });
});
