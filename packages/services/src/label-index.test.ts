import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LabelIndex } from './label-index.ts';
import { testPod } from './test-cluster.ts';

const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'zone'), fc.constantFrom('a', 'b'));
const namespace = fc.constantFrom('x', 'y');

it('an index selects the pods that a look at each of them selects, in their order', () => {
  const pods = fc.array(fc.record({ namespace, labels }), { maxLength: 20 });
  fc.assert(
    fc.property(pods, namespace, labels, (drafts, within, selector) => {
      const all = drafts.map((draft, i) => testPod(`p${i}`, [], draft));
      const wanted = Object.entries(selector);
      const expected =
        wanted.length === 0
          ? []
          : all.filter(
              (pod) =>
                pod.namespace === within &&
                wanted.every(([key, value]) => pod.labels[key] === value),
            );
      expect(new LabelIndex(all).select(within, selector)).toEqual(expected);
    }),
  );
});
