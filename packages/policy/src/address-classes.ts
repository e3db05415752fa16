import {
  addToIp,
  compareIps,
  familyOf,
  type Ip,
  type IpFamily,
  lastAddress,
  type Prefix,
  prefixOf,
} from '@podpath/net';
import type { ModelParts } from './model-parts.ts';
import type { Party } from './parties.ts';
import { addressSignature } from './signature.ts';

/** Addresses `first` to `last`, both included. */
export interface AddressRange {
  readonly first: Ip;
  readonly last: Ip;
}

/** Addresses of one family that no policy can tell apart. */
export interface AddressClass {
  readonly family: IpFamily;
  /** In order, disjoint and not adjacent. Never empty. */
  readonly ranges: readonly AddressRange[];
  /** Whether some rule's block matches it; at most one class of a family has none. */
  readonly named: boolean;
}

const WHOLE: Readonly<Record<IpFamily, AddressRange>> = {
  4: { first: 0, last: 0xffff_ffff },
  6: { first: 0n, last: (1n << 128n) - 1n },
};

/** Parts the whole of a family by what rules ask of addresses. `at` tells who has one, `sets` are what may have labels. */
export const addressClasses = (
  parts: ModelParts,
  family: IpFamily,
  at: (address: Ip) => Party,
  sets: readonly Prefix[] = [],
): readonly AddressClass[] => {
  const classes = new Map<string, { ranges: AddressRange[]; named: boolean }>();
  const cuts = prefixesIn(parts, at(WHOLE[family].first), sets);
  for (const range of cutAt(
    cuts.filter(({ address }) => familyOf(address) === family),
    family,
  )) {
    const { key, named } = addressSignature(parts, at(range.first));
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { ranges: [range], named });
    else extend(known.ranges, range);
  }
  return [...classes.values()].map((each) => ({ family, ...each }));
};

/** Where answers may change. */
const prefixesIn = (
  { addresses }: ModelParts,
  { known }: Party,
  sets: readonly Prefix[],
): readonly Prefix[] => [
  ...new Map(
    [
      ...sets,
      ...addresses.flatMap(({ nets = [], notNets = [], service, domains = [] }) => [
        ...nets,
        ...notNets,
        ...known
          .addressesOf(service, domains)
          .map((address) => prefixOf(address, widthOf(address))),
      ]),
    ].map((prefix) => [`${prefix.address}/${prefix.length}`, prefix]),
  ).values(),
];

const widthOf = (address: Ip): number => (typeof address === 'number' ? 32 : 128);

const cutAt = (prefixes: readonly Prefix[], family: IpFamily): readonly AddressRange[] => {
  const whole = WHOLE[family];
  const starts = new Set([whole.first]);
  for (const prefix of prefixes) {
    starts.add(prefix.address);
    const last = lastAddress(prefix);
    if (last !== whole.last) starts.add(addToIp(last, 1));
  }
  const sorted = [...starts].toSorted(compareIps);
  return sorted.map((first, index) => {
    const next = sorted[index + 1];
    return { first, last: next === undefined ? whole.last : addToIp(next, -1) };
  });
};

/** Adds a range that comes after all others, joined to the last one where they touch. */
const extend = (ranges: AddressRange[], range: AddressRange): void => {
  const previous = ranges.at(-1);
  if (previous !== undefined && addToIp(previous.last, 1) === range.first) {
    ranges.splice(-1, 1, { first: previous.first, last: range.last });
  } else {
    ranges.push(range);
  }
};
