import { canonicalCalicoSelector } from '@podpath/cluster';
import { describe, expect, it } from 'vitest';
import type { EntityRule } from './calico-policy.ts';
import { entitySelector, policySelectorText } from './entity-selector.ts';

const textOf = (entity: EntityRule, namespace: string) => {
  const selector = entitySelector(entity, namespace);
  return selector === undefined ? undefined : canonicalCalicoSelector(selector);
};

describe('entitySelector', () => {
  it('keeps a selector inside the namespace of its policy', () => {
    expect(textOf({ selector: "app == 'web'" }, 'prod')).toBe(
      '(projectcalico.org/namespace == "prod" && app == "web")',
    );
  });

  it('looks namespace labels up under their prefix', () => {
    expect(textOf({ selector: 'has(app)', namespaceSelector: "team == 'ops'" }, 'prod')).toBe(
      '(pcns.team == "ops" && has(app))',
    );
  });

  it('reads all namespaces as every workload, and no namespace as everything else', () => {
    expect(textOf({ namespaceSelector: 'all()' }, 'prod')).toBe('has(projectcalico.org/namespace)');
    expect(textOf({ namespaceSelector: '!(all() && has(x))' }, 'prod')).toBe(
      '!(has(projectcalico.org/namespace) && has(pcns.x))',
    );
    expect(textOf({ namespaceSelector: 'global()' }, 'prod')).toBe(
      '!has(projectcalico.org/namespace)',
    );
  });

  it('is none for an end that names nets or ports only', () => {
    expect(textOf({ ports: ['http'] }, 'prod')).toBeUndefined();
  });

  it('leaves a cluster-scoped policy unrestricted', () => {
    expect(textOf({ selector: 'has(app)' }, '')).toBe('has(app)');
    expect(policySelectorText('has(app)', '')).toBe('has(app)');
  });
});

describe('policySelectorText', () => {
  it('confines a policy to its namespace', () => {
    expect(policySelectorText('has(app)', 'prod')).toBe(
      "(has(app)) && projectcalico.org/namespace == 'prod'",
    );
  });
});
