import { selectorIpsetId } from '@podpath/calico/conformance';
import {
  canonicalCalicoSelector,
  matchesCalicoSelector,
  parseCalicoSelector,
} from '@podpath/cluster';
import { z } from 'zod';
import { check } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { Runner } from '../runner.ts';

const schema = z.object({
  cases: z
    .array(
      z.object({ expr: z.string(), labels: z.record(z.string(), z.string()), match: z.boolean() }),
    )
    .default([]),
  invalid: z.array(z.string()).default([]),
  canonical: z
    .array(z.object({ expr: z.string(), canonical: z.string(), uid: z.string().optional() }))
    .default([]),
});

/** Calico's selector grammar: what matches, what is refused, and the one text of each selector. */
export const calicoSelectorsRunner: Runner = {
  subject: 'calico',
  accepts: (name) => name === 'calico-selectors.json',
  *run(set) {
    const { cases, invalid, canonical } = readVectors(set, schema);
    for (const [index, { expr, labels, match }] of cases.entries()) {
      const labelled = new Map(Object.entries(labels));
      yield check(`cases[${index}] ${expr}`, match, () =>
        matchesCalicoSelector(parseCalicoSelector(expr), (label) => labelled.get(label)),
      );
    }
    for (const [index, expr] of invalid.entries()) {
      yield check(`invalid[${index}] ${expr}`, 'refused', () => refusalOf(expr));
    }
    for (const [index, { expr, canonical: text, uid }] of canonical.entries()) {
      const expected = uid === undefined ? { text } : { text, uid };
      yield check(`canonical[${index}] ${expr}`, expected, () => {
        const got = canonicalCalicoSelector(parseCalicoSelector(expr));
        return uid === undefined ? { text: got } : { text: got, uid: selectorIpsetId(got) };
      });
    }
  },
};

const refusalOf = (expression: string): string => {
  try {
    return `read as ${canonicalCalicoSelector(parseCalicoSelector(expression))}`;
  } catch (error) {
    if (error instanceof Error && error.name === 'SelectorError') return 'refused';
    throw error;
  }
};
