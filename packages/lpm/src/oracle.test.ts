import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_DIR_24_8_VALUE } from './dir-24-8.ts';
import { Ipv4Table } from './ipv4-table.ts';
import { Ipv6Table } from './ipv6-table.ts';
import { NO_MATCH } from './no-match.ts';
import { LinearTable } from './test-linear-table.ts';

// Both tables do what a list looked through from end to end does, over long sequences of operations.

/** Either table as seen by the sequences: addresses are bigints. */
interface Subject {
  readonly size: number;
  insert(address: bigint, length: number, value: number): number;
  delete(address: bigint, length: number): number;
  get(address: bigint, length: number): number;
  lookup(address: bigint): number;
  lookupBatch(addresses: readonly bigint[]): number[];
  entries(): Entry[];
  covered(address: bigint, length: number): Entry[];
  covering(address: bigint, length: number): Entry[];
  clone(): Subject;
}

interface Entry {
  readonly address: bigint;
  readonly length: number;
  readonly value: number;
}

const ipv4Subject = (table: Ipv4Table): Subject => {
  const wide = (entries: Iterable<{ address: number; length: number; value: number }>) =>
    [...entries].map((entry) => ({ ...entry, address: BigInt(entry.address) }));
  return {
    get size() {
      return table.size;
    },
    insert: (address, length, value) => table.insert(Number(address), length, value),
    delete: (address, length) => table.delete(Number(address), length),
    get: (address, length) => table.get(Number(address), length),
    lookup: (address) => table.lookup(Number(address)),
    lookupBatch: (addresses) => {
      const out = new Uint32Array(addresses.length);
      table.lookupBatch(Uint32Array.from(addresses, Number), out);
      return [...out];
    },
    entries: () => wide(table.entries()),
    covered: (address, length) => wide(table.covered(Number(address), length)),
    covering: (address, length) => wide(table.covering(Number(address), length)),
    clone: () => ipv4Subject(table.clone()),
  };
};

const wordsOf = (address: bigint): [number, number, number, number] => [
  Number(address >> 96n),
  Number((address >> 64n) & 0xffff_ffffn),
  Number((address >> 32n) & 0xffff_ffffn),
  Number(address & 0xffff_ffffn),
];

const ipv6Subject = (table: Ipv6Table): Subject => {
  return {
    get size() {
      return table.size;
    },
    insert: (address, length, value) => table.insert(address, length, value),
    delete: (address, length) => table.delete(address, length),
    get: (address, length) => table.get(address, length),
    lookup: (address) => {
      const value = table.lookup(address);
      expect(table.lookupWords(...wordsOf(address))).toBe(value);
      return value;
    },
    lookupBatch: (addresses) => {
      const out = new Uint32Array(addresses.length);
      table.lookupBatch(Uint32Array.from(addresses.flatMap(wordsOf)), out);
      return [...out];
    },
    entries: () => [...table.entries()],
    covered: (address, length) => [...table.covered(address, length)],
    covering: (address, length) => [...table.covering(address, length)],
    clone: () => ipv6Subject(table.clone()),
  };
};

type Operation =
  | { readonly kind: 'insert'; readonly prefix: Prefix; readonly value: number }
  | { readonly kind: 'delete' | 'get'; readonly prefix: Prefix }
  | { readonly kind: 'lookup'; readonly address: bigint }
  | { readonly kind: 'batch'; readonly addresses: readonly bigint[] }
  | { readonly kind: 'entries' }
  | { readonly kind: 'covered' | 'covering'; readonly prefix: Prefix };

interface Prefix {
  readonly address: bigint;
  readonly length: number;
}

const masked = (address: bigint, length: number, bits: number): bigint =>
  (address >> BigInt(bits - length)) << BigInt(bits - length);

const operationsOn = (
  { bits, mostValue }: Family,
  address: fc.Arbitrary<bigint>,
  length: fc.Arbitrary<number>,
): fc.Arbitrary<Operation[]> => {
  const value = fc.oneof(fc.nat(5), fc.integer({ min: 0, max: mostValue }));
  const prefix = fc
    .tuple(address, length)
    .map(([at, length]): Prefix => ({ address: masked(at, length, bits), length }));
  const operation = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('insert'), prefix, value }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('delete', 'get'), prefix }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('lookup'), address }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('batch'),
        addresses: fc.array(address, { maxLength: 20 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('entries') }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('covered', 'covering'), prefix }) },
  );
  return fc.array(operation as fc.Arbitrary<Operation>, { size: 'max', maxLength: 300 });
};

const run = (operation: Operation, on: Subject | LinearTable): unknown => {
  switch (operation.kind) {
    case 'insert':
      return on.insert(operation.prefix.address, operation.prefix.length, operation.value);
    case 'delete':
      return on.delete(operation.prefix.address, operation.prefix.length);
    case 'get':
      return on.get(operation.prefix.address, operation.prefix.length);
    case 'lookup':
      return on.lookup(operation.address);
    case 'batch':
      return on instanceof LinearTable
        ? operation.addresses.map((address) => on.lookup(address))
        : on.lookupBatch(operation.addresses);
    case 'entries':
      return on.entries();
    case 'covered':
    case 'covering':
      return on[operation.kind](operation.prefix.address, operation.prefix.length);
  }
};

const holdToOracle = (
  { bits, subject, runs }: Family,
  operations: fc.Arbitrary<Operation[]>,
): void => {
  fc.assert(
    fc.property(operations, (sequence) => {
      let table = subject();
      const oracle = new LinearTable(bits);
      const half = sequence.length >> 1;
      let left: { readonly table: Subject; readonly entries: readonly Entry[] } | undefined;
      for (const [index, operation] of sequence.entries()) {
        if (index === half) {
          left = { table, entries: table.entries() };
          table = table.clone();
        }
        expect(run(operation, table)).toEqual(run(operation, oracle));
        expect(table.size).toBe(oracle.size);
      }
      expect(table.entries()).toEqual(oracle.entries());
      // What happened to the clone did not happen to the original.
      if (left !== undefined) expect(left.table.entries()).toEqual(left.entries);
    }),
    { numRuns: runs },
  );
};

interface Family {
  readonly name: string;
  readonly bits: 32 | 128;
  readonly mostValue: number;
  readonly subject: () => Subject;
  readonly runs: number;
}

const FAMILIES: readonly Family[] = [
  {
    name: 'IPv4 by hash',
    bits: 32,
    mostValue: NO_MATCH - 1,
    runs: 60,
    subject: () => ipv4Subject(new Ipv4Table({ structure: 'hash' })),
  },
  {
    name: 'IPv4 by dir-24-8',
    bits: 32,
    mostValue: MOST_DIR_24_8_VALUE,
    // A default route is sixteen million cells.
    runs: 10,
    subject: () => ipv4Subject(new Ipv4Table({ structure: 'dir-24-8' })),
  },
  ...(['hash', 'tree-bitmap'] as const).map(
    (structure): Family => ({
      name: `IPv6 by ${structure}`,
      bits: 128,
      mostValue: NO_MATCH - 1,
      runs: 30,
      subject: () => ipv6Subject(new Ipv6Table({ structure })),
    }),
  ),
];

describe.each(FAMILIES)('$name does as the oracle', (family) => {
  const { bits } = family;
  const anywhere = fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
  const anyLength = fc.nat(bits);

  test('on prefixes from anywhere', () => {
    holdToOracle(family, operationsOn(family, anywhere, anyLength));
  }, 30_000);

  test('on prefixes nested in each other, from the default route to a host', () => {
    // A few addresses that share long beginnings: every length along them is a prefix of several.
    const base = 0xa5a5_a5a5_a5a5_a5a5_a5a5_a5a5_a5a5_a5a5n >> BigInt(128 - bits);
    const near = fc.nat(bits).map((flip) => (flip === bits ? base : base ^ (1n << BigInt(flip))));
    holdToOracle(family, operationsOn(family, near, anyLength));
  }, 30_000);

  test('on a few lengths and many prefixes, where hash tables grow, shrink and collide', () => {
    const network = 0xfd00_0000_0000_0000_0000_0000_0000_0000n >> BigInt(128 - bits);
    const pod = fc.nat(200).map((host) => network + BigInt(host));
    const length = fc.constantFrom(0, bits - 8, bits - 6, bits, bits, bits);
    holdToOracle(family, operationsOn(family, pod, length));
  }, 30_000);
});
