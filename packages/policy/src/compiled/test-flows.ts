import type { IpFamily } from '@podpath/net';
import fc from 'fast-check';
import type { PolicyFlow } from '../flow.ts';
import { end } from '../test-cluster.ts';

// Random flows between the ends that random clusters have, or might have.

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const OUTSIDE = ['8.8.8.8', '8.8.4.4', '1.1.1.1', '10.0.0.200', '10.0.1.1'];
const OUTSIDE6 = ['2001:db8::1', '2001:db9::1', 'fd00::1:2'];
const PODS = ['a', 'b', 'c'].flatMap((namespace) =>
  [0, 1, 2, 3].map((at) => `${namespace}/p${at}`),
);
const NAMES = [...PODS, ...PODS, 'node-1', 'node-2', 'node-9', ...OUTSIDE, ...OUTSIDE6];
const anEnd = pick(...NAMES).map(end);

/** Some of them cannot exist. */
export const flow: fc.Arbitrary<PolicyFlow> = fc.record(
  {
    from: anEnd,
    to: anEnd,
    protocol: pick<PolicyFlow['protocol']>('TCP', 'TCP', 'UDP', 'SCTP', 'ICMP', 136, 47, 50, 1, 3),
    port: pick(22, 53, 79, 80, 81, 82, 40_000, 65_535, 0),
    sourcePort: pick(80, 32_768, 50_000),
    icmp: pick({ type: 8, code: 0 }, { type: 0, code: 3 }, { type: 128, code: 1 }),
    family: fc.constant(4 as const),
  },
  { requiredKeys: ['from', 'to', 'protocol', 'port'] },
);

const SWEPT: readonly Pick<PolicyFlow, 'protocol' | 'port' | 'icmp'>[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'TCP', port: 81 },
  { protocol: 'TCP', port: 53 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'SCTP', port: 80 },
  { protocol: 'ICMP', port: 0 },
  { protocol: 47, port: 0 },
];

/** Everything that goes between one end and all others: what two draws seldom hit comes to light where all are tried. */
export const sweep: fc.Arbitrary<readonly PolicyFlow[]> = fc
  .record({ one: anEnd, family: pick<IpFamily>(4, 4, 6) })
  .map(({ one, family }) =>
    [...new Set(NAMES)].flatMap((name) => {
      const other = end(name);
      return [
        { from: one, to: other },
        { from: other, to: one },
      ].flatMap((ends) => SWEPT.map((each) => ({ ...ends, ...each, family })));
    }),
  );
