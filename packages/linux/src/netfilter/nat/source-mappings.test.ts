import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConntrackEntry } from '../conntrack/entry.ts';
import { Tuple } from '../conntrack/tuple.ts';
import { SourceMappings } from './source-mappings.ts';

const UDP = 17;
const SERVER = 0x0a00_0063;

/** A connection of one of a few sources to a server, translated to a port that is its own. */
function connection(source: number, index: number): ConntrackEntry {
  const entry = new ConntrackEntry();
  entry.original.set(source, SERVER, 5000, 53, UDP);
  entry.reply.set(SERVER, 0xcb00_7101, 53, 1024 + index, UDP);
  return entry;
}

const questionOf = (source: number): Tuple => {
  const tuple = new Tuple();
  tuple.set(source, SERVER + 1, 5000, 53, UDP);
  return tuple;
};

/** The ports of all that a source is mapped to, in the order in which they are offered. */
function offered(mappings: SourceMappings, source: number): readonly number[] {
  const ports: number[] = [];
  mappings.find(questionOf(source), 0, ({ srcPort }) => {
    ports.push(srcPort);
    return false;
  });
  return ports;
}

const someSource = fc.integer({ min: 1, max: 4 });
const someSteps = fc.array(fc.tuple(fc.boolean(), someSource, fc.nat(30)), { maxLength: 60 });

describe('source mappings', () => {
  it('offer what a source is mapped to, the latest first, whatever has gone in between', () => {
    fc.assert(
      fc.property(someSteps, (steps) => {
        const mappings = new SourceMappings();
        const there: { source: number; port: number; entry: ConntrackEntry }[] = [];
        for (const [index, [comes, source, which]] of steps.entries()) {
          if (comes) {
            const entry = connection(source, index);
            mappings.inserted(entry);
            there.push({ source, port: 1024 + index, entry });
          } else if (there.length > 0) {
            const [gone] = there.splice(which % there.length, 1);
            if (gone !== undefined) mappings.removed(gone.entry);
          }
          for (const asked of [1, 2, 3, 4]) {
            const expected = there.filter((each) => each.source === asked).map(({ port }) => port);
            expect(offered(mappings, asked)).toEqual(expected.toReversed());
          }
        }
      }),
    );
  });

  it('are those of the zone', () => {
    const mappings = new SourceMappings();
    const entry = connection(1, 0);
    entry.enter({ original: 7, reply: 7 });
    mappings.inserted(entry);
    expect(mappings.find(questionOf(1), 7, () => true)?.srcPort).toBe(1024);
    expect(mappings.find(questionOf(1), 0, () => true)).toBeUndefined();
  });

  it('may lose connections while they are gone through', () => {
    const mappings = new SourceMappings();
    const entries = [0, 1, 2].map((index) => connection(1, index));
    for (const entry of entries) mappings.inserted(entry);
    const ports: number[] = [];
    mappings.find(questionOf(1), 0, ({ srcPort }) => {
      if (ports.push(srcPort) === 1) for (const entry of entries) mappings.removed(entry);
      return false;
    });
    expect(ports).toEqual([1026, 1025, 1024]);
    expect(offered(mappings, 1)).toEqual([]);
  });
});
