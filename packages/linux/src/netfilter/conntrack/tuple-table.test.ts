import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConntrackEntry } from './entry.ts';
import { Status } from './status.ts';
import { Tuple } from './tuple.ts';
import { TupleTable } from './tuple-table.ts';

const NOBODY = { inserted: () => {}, removed: () => {} };

const entryOf = (srcPort: number, expiresAtMs: number): ConntrackEntry => {
  const entry = new ConntrackEntry();
  entry.original.set(0x0a00_0001, 0x0a00_0002, srcPort, 80, 6);
  entry.reply.invertOf(entry.original);
  entry.status |= Status.CONFIRMED;
  entry.expiresAtMs = expiresAtMs;
  return entry;
};

const tupleOf = (srcPort: number): Tuple => {
  const tuple = new Tuple();
  tuple.set(0x0a00_0001, 0x0a00_0002, srcPort, 80, 6);
  return tuple;
};

describe('the conntrack table', () => {
  it('finds an entry by either direction until it expires', () => {
    const table = new TupleTable(NOBODY);
    const entry = entryOf(1000, 50);
    table.insert(entry, 0);
    const answer = new Tuple();
    answer.invertOf(tupleOf(1000));
    expect(table.find(tupleOf(1000), 49)).toBe(entry.original);
    expect(table.find(answer, 49)).toBe(entry.reply);
    expect(table.find(answer, 50)).toBeUndefined();
    expect(table.find(tupleOf(1000), 49)).toBeUndefined();
  });

  it('tells its watcher of each entry once in and once out', () => {
    const told: string[] = [];
    const table = new TupleTable({
      inserted: ({ original }) => told.push(`in ${original.srcPort}`),
      removed: ({ original }) => told.push(`out ${original.srcPort}`),
    });
    const entry = entryOf(7, 100);
    table.insert(entry, 0);
    table.remove(entry);
    table.remove(entry);
    expect(told).toEqual(['in 7', 'out 7']);
  });

  it('forgets expired entries while new ones come', () => {
    let kept = 0;
    const table = new TupleTable({ inserted: () => kept++, removed: () => kept-- });
    for (let port = 0; port < 5000; port++) table.insert(entryOf(port, port + 10), port);
    // Never more than what the sweep takes to come round.
    expect(kept).toBeLessThan(1000);
    expect([...table.entries(5000)].length).toBe(9);
  });

  it('holds what a plain map would hold', () => {
    const step = fc.record({
      port: fc.integer({ min: 1, max: 40 }),
      what: fc.constantFrom('insert', 'remove', 'find', 'wait'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const table = new TupleTable(NOBODY);
        const model = new Map<number, ConntrackEntry>();
        let now = 0;
        const known = (port: number): ConntrackEntry | undefined => {
          const entry = model.get(port);
          return entry !== undefined && entry.expiresAtMs > now ? entry : undefined;
        };
        for (const { port, what } of steps) {
          const entry = known(port);
          if (what === 'wait') now += port;
          else if (what === 'find') expect(table.find(tupleOf(port), now)?.owner).toBe(entry);
          else if (what === 'remove' && entry !== undefined) {
            table.remove(entry);
            model.delete(port);
          } else if (what === 'insert' && entry === undefined) {
            const fresh = entryOf(port, now + 25);
            table.find(tupleOf(port), now);
            table.insert(fresh, now);
            model.set(port, fresh);
          }
        }
        const listed = [...table.entries(now)].map(({ original }) => original.srcPort).sort();
        const wanted = [...model.keys()].filter((port) => known(port) !== undefined).sort();
        expect(listed).toEqual(wanted);
      }),
    );
  });

  it('stays quick when it is large', () => {
    const table = new TupleTable(NOBODY);
    const entries = Array.from({ length: 60_000 }, (_, port) => entryOf(port, 1e9));
    for (const entry of entries) table.insert(entry, 0);
    for (const entry of entries) expect(table.find(entry.original, 0)).toBe(entry.original);
    for (const entry of entries) table.remove(entry);
    expect([...table.entries(0)]).toEqual([]);
  });
});
