import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setNameOf } from './set-name.ts';

describe('the name of an ipset', () => {
  it.each([
    ['default:', 'weave-k?Z;25^M}|1s7P3|H9i;*;MhG'],
    ['ingress-default-allow:default', 'weave-;rGqyMIl1HN^cfDki~Z$3]6!N'],
    ['egress-default-allow:default', 'weave-s_+ChJId4Uy_$}G;WdH|~TK)I'],
    ['kube-system:', 'weave-iuZcey(5DeXbzgRFs8Szo]+@p'],
  ])('for %s is %s', (text, name) => {
    expect(setNameOf(text)).toBe(name);
  });

  it('fits what ipset takes and differs where the text differs', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(setNameOf(a).length).toBeLessThanOrEqual(31);
        expect(setNameOf(a) === setNameOf(b)).toBe(a === b);
      }),
    );
  });
});
