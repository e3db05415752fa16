import type { AddressType, Match, SetCounterOptions } from '../../netfilter/rule.ts';
import {
  inverted,
  type ModuleContext,
  type OptionReader,
  readList,
  readOptions,
  UNKNOWN,
  upright,
} from './option-reader.ts';
import { counterReaders } from './socket-match.ts';

type Draft<K extends Match['kind']> = {
  -readonly [key in keyof Extract<Match, { readonly kind: K }>]: Extract<
    Match,
    { readonly kind: K }
  >[key];
};
type Read = readonly Match[] | typeof UNKNOWN;

/** `-m set --match-set`, and what is asked of the set's counters. */
export function readSet({ cursor, opaqueSet }: ModuleContext): Read {
  const matches: Match[] = [];
  const counters: { -readonly [key in keyof SetCounterOptions]: SetCounterOptions[key] } = {};
  const outcome = readOptions(cursor, {
    ...counterReaders(cursor, counters),
    '--match-set': (invert) => {
      const set = cursor.take('the name of a set');
      const names = cursor.take('src or dst').split(',');
      const directions = names.filter((name) => name === 'src' || name === 'dst');
      if (directions.length !== names.length) {
        cursor.failBefore(`"${names.join(',')}" are no directions`, 'src or dst, with commas');
      }
      const why = opaqueSet(set);
      const options = `${invert ? '! ' : ''}--match-set ${set} ${directions.join(',')}`;
      matches.push(
        why === undefined
          ? { kind: 'set', set, directions, ...inverted(invert) }
          : { kind: 'opaque', module: 'set', options, why },
      );
    },
  });
  if (outcome === UNKNOWN) return UNKNOWN;
  if (Object.keys(counters).length === 0) return matches;
  return matches.map((match) => (match.kind === 'set' ? { ...match, counters } : match));
}

const ADDRESS_TYPES: readonly AddressType[] = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
];

export function readAddressType({ cursor }: ModuleContext): Read {
  const read: Draft<'address-type'> = { kind: 'address-type' };
  const side =
    (name: 'source' | 'destination'): OptionReader =>
    (invert) => {
      const types = readList(cursor, 'address types', ADDRESS_TYPES);
      const [first] = types ?? [];
      if (types === undefined || first === undefined) return UNKNOWN;
      read[name] = { type: types.length === 1 ? first : types, ...inverted(invert) };
    };
  const outcome = readOptions(cursor, {
    '--src-type': side('source'),
    '--dst-type': side('destination'),
    '--limit-iface-in': upright(() => {
      read.limitInterface = 'in';
    }),
    '--limit-iface-out': upright(() => {
      read.limitInterface = 'out';
    }),
  });
  return outcome ?? [read];
}

export function readPhysdev({ cursor }: ModuleContext): Read {
  const read: Draft<'physdev'> = { kind: 'physdev' };
  const outcome = readOptions(cursor, {
    '--physdev-in': (invert) => {
      read.in = cursor.take('a device');
      if (invert) read.invertIn = true;
    },
    '--physdev-out': (invert) => {
      read.out = cursor.take('a device');
      if (invert) read.invertOut = true;
    },
    '--physdev-is-in': upright(() => {
      read.isIn = true;
    }),
    '--physdev-is-out': upright(() => {
      read.isOut = true;
    }),
    '--physdev-is-bridged': upright(() => {
      read.isBridged = true;
    }),
  });
  return outcome ?? [read];
}

export function readReversePath({ cursor }: ModuleContext): Read {
  const read: Draft<'rpfilter'> = { kind: 'rpfilter' };
  const flag = (name: 'loose' | 'validMark' | 'invert'): OptionReader =>
    upright(() => {
      read[name] = true;
    });
  const outcome = readOptions(cursor, {
    '--loose': flag('loose'),
    '--validmark': flag('validMark'),
    '--invert': flag('invert'),
  });
  return outcome ?? [read];
}

/** Only whether IPsec handles the packet; what it does in detail is not emulated. */
export function readPolicy({ cursor }: ModuleContext): Read {
  const read: Partial<Draft<'policy'>> = {};
  const outcome = readOptions(cursor, {
    '--dir': upright(() => {
      read.direction = cursor.choice('direction', ['in', 'out']);
    }),
    '--pol': upright(() => {
      read.policy = cursor.choice('policy', ['none', 'ipsec']);
    }),
  });
  const { direction, policy } = read;
  if (outcome === UNKNOWN || direction === undefined || policy === undefined) return UNKNOWN;
  return [{ kind: 'policy', direction, policy }];
}

export function readComment({ cursor }: ModuleContext): Read {
  if (!cursor.skip('--comment')) return UNKNOWN;
  return [{ kind: 'comment', text: cursor.take('a comment') }];
}
