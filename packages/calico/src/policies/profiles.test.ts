import { describe, expect, it } from 'vitest';
import { namespaceProfile, serviceAccountProfile } from './profiles.ts';

describe('profiles', () => {
  it('lets the pods of a namespace do everything, and hands them its labels', () => {
    const allow = [{ action: 'Allow', source: {}, destination: {} }];
    expect(namespaceProfile('prod', { team: 'web' })).toEqual({
      name: 'kns.prod',
      ingress: allow,
      egress: allow,
      labelsToApply: { 'pcns.team': 'web', 'pcns.projectcalico.org/name': 'prod' },
    });
  });

  it('gives a service account labels only', () => {
    expect(serviceAccountProfile('prod', 'sa', { a: 'b' })).toEqual({
      name: 'ksa.prod.sa',
      ingress: [],
      egress: [],
      labelsToApply: { 'pcsa.a': 'b', 'pcsa.projectcalico.org/name': 'sa' },
    });
  });
});
