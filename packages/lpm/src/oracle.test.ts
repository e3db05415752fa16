import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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
  entries(): { address: bigint; length: number; value: number }[];
}

const ipv4Subject = (): Subject => {
  const table = new Ipv4Table();
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
    entries: () => [...table.entries()].map((e) => ({ ...e, address: BigInt(e.address) })),
  };
};

const wordsOf = (address: bigint): [number, number, number, number] => [
  Number(address >> 96n),
  Number((address >> 64n) & 0xffff_ffffn),
  Number((address >> 32n) & 0xffff_ffffn),
  Number(address & 0xffff_ffffn),
];

const ipv6Subject = (): Subject => {
  const table = new Ipv6Table();
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
  };
};

type Operation =
  | { readonly kind: 'insert'; readonly prefix: Prefix; readonly value: number }
  | { readonly kind: 'delete' | 'get'; readonly prefix: Prefix }
  | { readonly kind: 'lookup'; readonly address: bigint }
  | { readonly kind: 'batch'; readonly addresses: readonly bigint[] }
  | { readonly kind: 'entries' };

interface Prefix {
  readonly address: bigint;
  readonly length: number;
}

const masked = (address: bigint, length: number, bits: number): bigint =>
  (address >> BigInt(bits - length)) << BigInt(bits - length);

const value = fc.oneof(fc.nat(5), fc.integer({ min: 0, max: NO_MATCH - 1 }));

const operationsOn = (
  bits: number,
  address: fc.Arbitrary<bigint>,
  length: fc.Arbitrary<number>,
): fc.Arbitrary<Operation[]> => {
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
  }
};

const holdToOracle = (
  bits: 32 | 128,
  subject: () => Subject,
  operations: fc.Arbitrary<Operation[]>,
): void => {
  fc.assert(
    fc.property(operations, (sequence) => {
      const table = subject();
      const oracle = new LinearTable(bits);
      for (const operation of sequence) {
        expect(run(operation, table)).toEqual(run(operation, oracle));
        expect(table.size).toBe(oracle.size);
      }
      expect(table.entries()).toEqual(oracle.entries());
    }),
    { numRuns: 60 },
  );
};

describe.each([
  { family: 'IPv4', bits: 32, subject: ipv4Subject },
  { family: 'IPv6', bits: 128, subject: ipv6Subject },
] as const)('$family does as the oracle', ({ bits, subject }) => {
  const anywhere = fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
  const anyLength = fc.nat(bits);

  test('on prefixes from anywhere', () => {
    holdToOracle(bits, subject, operationsOn(bits, anywhere, anyLength));
  }, 30_000);

  test('on prefixes nested in each other, from the default route to a host', () => {
    // A few addresses that share long beginnings: every length along them is a prefix of several.
    const base = 0xa5a5_a5a5_a5a5_a5a5_a5a5_a5a5_a5a5_a5a5n >> BigInt(128 - bits);
    const near = fc.nat(bits).map((flip) => (flip === bits ? base : base ^ (1n << BigInt(flip))));
    holdToOracle(bits, subject, operationsOn(bits, near, anyLength));
  }, 30_000);

  test('on a few lengths and many prefixes, where hash tables grow, shrink and collide', () => {
    const network = 0xfd00_0000_0000_0000_0000_0000_0000_0000n >> BigInt(128 - bits);
    const pod = fc.nat(200).map((host) => network + BigInt(host));
    const length = fc.constantFrom(0, bits - 8, bits - 6, bits, bits, bits);
    holdToOracle(bits, subject, operationsOn(bits, pod, length));
  }, 30_000);
});
