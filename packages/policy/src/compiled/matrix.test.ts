import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EVERYTHING,
  end,
  labelled,
  testCluster,
  testPod,
  testPolicy,
  testRule,
} from '../test-cluster.ts';
import { compilePolicies } from './compile.ts';
import { change } from './test-changes.ts';
import { model } from './test-models.ts';
import { cluster as clusters, KNOWLEDGE } from './test-worlds.ts';

const cluster = testCluster({
  pods: [
    testPod('shop/web-1', '10.0.0.1', { labels: { app: 'web' }, node: 'node-1' }),
    testPod('shop/web-2', '10.0.0.2', { labels: { app: 'web' }, node: 'node-2' }),
    testPod('shop/db', '10.0.0.3', { labels: { app: 'db' }, node: 'node-3' }),
  ],
  policies: [
    testPolicy('shop/db', labelled({ app: 'db' }), {
      ingress: [
        testRule([{ podSelector: labelled({ app: 'web' }) }], [{ protocol: 'TCP', port: 5432 }]),
      ],
    }),
    testPolicy('shop/web', labelled({ app: 'web' }), {
      ingress: [testRule([{ podSelector: EVERYTHING }])],
    }),
  ],
});

describe('the matrix of identities', () => {
  const matrix = compilePolicies(cluster).matrix();
  const [web = -1, db = -1] = ['shop/web-2', 'shop/db'].map((name) => matrix.indexOf(end(name), 4));
  const classOf = (protocol: number, port: number): number =>
    matrix.classes.findIndex((ranges) =>
      ranges.some((each) => each.protocol === protocol && each.first <= port && port <= each.last),
    );

  it('has pods that nothing tells apart once', () => {
    expect(matrix.identities[web]).toEqual({
      kind: 'pod',
      family: 4,
      end: end('shop/web-1'),
      ends: 2,
    });
    expect(matrix.identities.map(({ kind }) => kind).toSorted()).toEqual([
      'node',
      'node',
      'outside',
      'outside',
      'pod',
      'pod',
    ]);
  });

  it('says what may be sent from one to another, by classes of traffic', () => {
    const allowed = (from: number, to: number) =>
      matrix.classes.flatMap((ranges, index) =>
        (((matrix.between(from, to)[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1 ? ranges : [],
      );
    expect(allowed(web, db)).toEqual([{ protocol: 6, first: 5432, last: 5432 }]);
    expect(allowed(db, web)).toEqual(matrix.classes.flat());
    expect(() => matrix.between(web, 99)).toThrow('there is no identity 99');
  });

  it('says who reaches whom with traffic of one class', () => {
    const sources = new Map<number, number>();
    matrix.reach(classOf(6, 5432), (to, [bits = 0]) => sources.set(to, bits));
    expect(sources.get(db)).toBe(1 << web);
    expect(sources.get(web)).toBe((1 << web) | (1 << db));
    expect(() => matrix.reach(99, () => {})).toThrow('there is no class of traffic 99');
  });
});

it('a matrix says what single verdicts say, after changes too', () => {
  fc.assert(
    fc.property(
      clusters(false),
      model,
      fc.array(change, { maxLength: 4 }),
      (world, rules, changes) => {
        const compiled = compilePolicies(world, rules, KNOWLEDGE);
        for (const each of changes) {
          try {
            compiled.update(each);
          } catch {
            // Some remove what is not there.
          }
        }
        const matrix = compiled.matrix();
        const numbers = matrix.identities.map(
          ({ end: one, family }) => compiled.endOf(one, family) ?? -1,
        );
        const locations = matrix.identities.map(({ kind }) => kind);
        const reached = matrix.classes.map((_, index) => {
          const rows: Uint32Array[] = [];
          matrix.reach(index, (to, sources) => {
            rows[to] = sources.slice();
          });
          return rows;
        });
        for (const [from, source] of numbers.entries()) {
          for (const [to, target] of numbers.entries()) {
            if (from === to || [locations[from], locations[to]].includes('node')) continue;
            const between = matrix.between(from, to);
            for (const [index, [range]] of matrix.classes.entries()) {
              if (range === undefined) continue;
              const expected = compiled.verdictOf(source, target, range.protocol, range.last);
              expect((((between[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1).toBe(expected);
              const bits = reached[index]?.[to]?.[from >>> 5] ?? 0;
              expect(((bits >>> (from & 31)) & 1) === 1).toBe(expected);
            }
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});
