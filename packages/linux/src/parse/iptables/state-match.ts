import type { AddressType, ConntrackStateName, Match } from '../../netfilter/rule.ts';
import {
  inverted,
  type ModuleContext,
  readMaskedWord,
  readOptions,
  UNKNOWN,
} from './option-reader.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;
type Read = readonly Match[] | typeof UNKNOWN;

export function readMark(kind: 'mark' | 'connmark', { cursor }: ModuleContext): Read {
  const matches: Match[] = [];
  const outcome = readOptions(cursor, (option, invert) => {
    if (option !== '--mark') return UNKNOWN;
    matches.push({ kind, ...readMaskedWord(cursor, 'mark'), ...inverted(invert) });
    return undefined;
  });
  return outcome ?? matches;
}

const STATES: readonly ConntrackStateName[] = [
  'INVALID',
  'NEW',
  'RELATED',
  'ESTABLISHED',
  'UNTRACKED',
  'SNAT',
  'DNAT',
];

/** `-m conntrack --ctstate` and the older `-m state --state`; other options of conntrack are not emulated. */
export function readStates(module: 'conntrack' | 'state', { cursor }: ModuleContext): Read {
  const matches: Match[] = [];
  const outcome = readOptions(cursor, (option, invert) => {
    if (option !== (module === 'conntrack' ? '--ctstate' : '--state')) return UNKNOWN;
    const names = cursor.take('connection states').split(',');
    const states = names.map((name) => STATES.find((state) => state === name));
    if (!states.every((state) => state !== undefined)) return UNKNOWN;
    matches.push({ kind: 'conntrack', module, states, ...inverted(invert) });
    return undefined;
  });
  return outcome ?? matches;
}

/** `-m set --match-set`; options that look at a set's counters are not emulated. */
export function readSet({ cursor, opaqueSet }: ModuleContext): Read {
  const matches: Match[] = [];
  const outcome = readOptions(cursor, (option, invert) => {
    if (option !== '--match-set') return UNKNOWN;
    const set = cursor.take('the name of a set');
    const names = cursor.take('src or dst').split(',');
    const directions = names.filter((name) => name === 'src' || name === 'dst');
    if (directions.length !== names.length) {
      cursor.failBefore(
        `"${names.join(',')}" are no directions`,
        'src or dst, with commas between',
      );
    }
    const why = opaqueSet(set);
    matches.push(
      why === undefined
        ? { kind: 'set', set, directions, ...inverted(invert) }
        : {
            kind: 'opaque',
            module: 'set',
            options: `${invert ? '! ' : ''}--match-set ${set} ${directions.join(',')}`,
            why,
          },
    );
    return undefined;
  });
  return outcome ?? matches;
}

const ADDRESS_TYPES: readonly AddressType[] = [
  'LOCAL',
  'UNICAST',
  'BROADCAST',
  'MULTICAST',
  'ANYCAST',
  'UNSPEC',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
];

export function readAddressType({ cursor }: ModuleContext): Read {
  const read: { -readonly [key in keyof MatchOf<'address-type'>]: MatchOf<'address-type'>[key] } = {
    kind: 'address-type',
  };
  const outcome = readOptions(cursor, (option, invert) => {
    if (option === '--limit-iface-in' || option === '--limit-iface-out') {
      read.limitInterface = option === '--limit-iface-in' ? 'in' : 'out';
      return undefined;
    }
    if (option !== '--src-type' && option !== '--dst-type') return UNKNOWN;
    const text = cursor.take('an address type');
    const type = ADDRESS_TYPES.find((each) => each === text);
    if (type === undefined) return UNKNOWN;
    read[option === '--src-type' ? 'source' : 'destination'] = { type, ...inverted(invert) };
    return undefined;
  });
  return outcome ?? [read];
}

/** Only the random mode is emulated. The threshold is what the kernel keeps of the probability. */
export function readStatistic({ cursor }: ModuleContext): Read {
  let threshold: number | undefined;
  let random = false;
  const outcome = readOptions(cursor, (option, invert) => {
    if (invert) return UNKNOWN;
    if (option === '--mode') {
      random = cursor.take('a mode') === 'random';
      return random ? undefined : UNKNOWN;
    }
    if (option !== '--probability') return UNKNOWN;
    const text = cursor.take('a probability');
    const probability = Number(text);
    if (!/^[01](\.\d{1,20})?$/.test(text) || probability > 1) {
      cursor.failBefore(`"${text}" is no probability`, 'a number from 0 to 1');
    }
    threshold = Math.round(probability * 0x8000_0000);
    return undefined;
  });
  if (outcome === UNKNOWN || !random || threshold === undefined) return UNKNOWN;
  return [{ kind: 'statistic', mode: 'random', threshold }];
}

const WHOLE_MASKS: ReadonlySet<string> = new Set([
  '255.255.255.255',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
]);

/** As kube-proxy uses it: `--set`, or `--rcheck --seconds`, by whole source addresses. */
export function readRecent({ cursor }: ModuleContext): Read {
  let name = 'DEFAULT';
  let kind: 'set' | 'rcheck' | undefined;
  let seconds: number | undefined;
  let reap = false;
  const outcome = readOptions(cursor, (option, invert) => {
    if (invert) return UNKNOWN;
    switch (option) {
      case '--set':
        kind = 'set';
        return undefined;
      case '--rcheck':
        kind = 'rcheck';
        return undefined;
      case '--seconds':
        seconds = cursor.integer('number of seconds', 1, 0xffff_ffff);
        return undefined;
      case '--reap':
        reap = true;
        return undefined;
      case '--name':
        name = cursor.take('the name of a list');
        return undefined;
      case '--mask':
        return WHOLE_MASKS.has(cursor.take('a mask')) ? undefined : UNKNOWN;
      case '--rsource':
        return undefined;
      default:
        return UNKNOWN;
    }
  });
  if (outcome === UNKNOWN) return UNKNOWN;
  if (kind === 'set') return [{ kind: 'recent', name, action: { kind } }];
  if (kind === 'rcheck' && seconds !== undefined) {
    return [{ kind: 'recent', name, action: { kind, seconds, reap } }];
  }
  return UNKNOWN;
}

export function readPhysdev({ cursor }: ModuleContext): Read {
  const read: { -readonly [key in keyof MatchOf<'physdev'>]: MatchOf<'physdev'>[key] } = {
    kind: 'physdev',
  };
  const outcome = readOptions(cursor, (option, invert) => {
    switch (option) {
      case '--physdev-in':
        read.in = cursor.take('a device');
        if (invert) read.invertIn = true;
        return undefined;
      case '--physdev-out':
        read.out = cursor.take('a device');
        if (invert) read.invertOut = true;
        return undefined;
      case '--physdev-is-in':
        read.isIn = true;
        break;
      case '--physdev-is-out':
        read.isOut = true;
        break;
      case '--physdev-is-bridged':
        read.isBridged = true;
        break;
      default:
        return UNKNOWN;
    }
    return invert ? UNKNOWN : undefined;
  });
  return outcome ?? [read];
}

export function readReversePath({ cursor }: ModuleContext): Read {
  const read: { -readonly [key in keyof MatchOf<'rpfilter'>]: MatchOf<'rpfilter'>[key] } = {
    kind: 'rpfilter',
  };
  const outcome = readOptions(cursor, (option, invert) => {
    if (invert) return UNKNOWN;
    if (option === '--loose') read.loose = true;
    else if (option === '--validmark') read.validMark = true;
    else if (option === '--invert') read.invert = true;
    else return UNKNOWN;
    return undefined;
  });
  return outcome ?? [read];
}

export function readComment({ cursor }: ModuleContext): Read {
  if (!cursor.skip('--comment')) return UNKNOWN;
  return [{ kind: 'comment', text: cursor.take('a comment') }];
}
