import { type Ip, tryParseIp } from '@podpath/net';
import type { NatTarget, Target } from '../../netfilter/rule.ts';
import type { LineCursor } from '../line-cursor.ts';
import { portsIn, readOptions, UNKNOWN, upright } from './option-reader.ts';

type Draft<K extends NatTarget['kind']> = {
  -readonly [key in keyof Extract<NatTarget, { readonly kind: K }>]: Extract<
    NatTarget,
    { readonly kind: K }
  >[key];
};
type Read = Target | typeof UNKNOWN;

export function readDestinationNat(cursor: LineCursor): Read {
  let ends: Ends | undefined;
  const flags: Pick<Draft<'dnat'>, 'random' | 'persistent'> = {};
  const outcome = readOptions(cursor, {
    '--to-destination': upright(() => {
      ends = endsIn(cursor.take('an address'));
    }),
    '--random': upright(() => {
      flags.random = true;
    }),
    '--persistent': upright(() => {
      flags.persistent = true;
    }),
  });
  if (outcome === UNKNOWN || ends === undefined) return UNKNOWN;
  const { ports: text, ...addresses } = ends;
  if (text === undefined) return { kind: 'dnat', ...addresses, ...flags };
  const [range = '', base] = text.split('/');
  const { first, last } = portsIn(cursor, range);
  return {
    kind: 'dnat',
    ...addresses,
    port: first,
    ...(last === first ? {} : { lastPort: last }),
    ...(base === undefined ? {} : { basePort: portsIn(cursor, base).first }),
    ...flags,
  };
}

export function readSourceNat(cursor: LineCursor): Read {
  let ends: Ends | undefined;
  const flags: Pick<Draft<'snat'>, 'random' | 'randomFully' | 'persistent'> = {};
  const outcome = readOptions(cursor, {
    '--to-source': upright(() => {
      ends = endsIn(cursor.take('an address'));
    }),
    '--random': upright(() => {
      flags.random = true;
    }),
    '--random-fully': upright(() => {
      flags.randomFully = true;
    }),
    '--persistent': upright(() => {
      flags.persistent = true;
    }),
  });
  if (outcome === UNKNOWN || ends === undefined) return UNKNOWN;
  const { ports, ...addresses } = ends;
  const range = ports === undefined ? {} : { ports: portsIn(cursor, ports) };
  return { kind: 'snat', ...addresses, ...range, ...flags };
}

export function readMasquerade(cursor: LineCursor): Read {
  const read: Draft<'masquerade'> = { kind: 'masquerade' };
  const outcome = readOptions(cursor, {
    '--to-ports': upright(() => {
      read.ports = portsIn(cursor, cursor.take('ports'));
    }),
    '--random': upright(() => {
      read.random = true;
    }),
    '--random-fully': upright(() => {
      read.randomFully = true;
    }),
  });
  return outcome ?? read;
}

export function readRedirect(cursor: LineCursor): Read {
  const read: Draft<'redirect'> = { kind: 'redirect' };
  const outcome = readOptions(cursor, {
    '--to-ports': upright(() => {
      read.ports = portsIn(cursor, cursor.take('ports'));
    }),
    '--random': upright(() => {
      read.random = true;
    }),
  });
  return outcome ?? read;
}

interface Ends {
  readonly address?: Ip;
  readonly lastAddress?: Ip;
  readonly ports?: string;
}

/** `10.0.0.1`, `10.0.0.1-10.0.0.9:80`, `fd00::1`, `[fd00::1]:80` or `:80`; `undefined` for anything else. */
function endsIn(text: string): Ends | undefined {
  const [, alone] = /^(?:\[\])?:([\d/-]+)$/.exec(text) ?? [];
  if (alone !== undefined) return { ports: alone };
  const [, six, four, ports] = /^(?:\[([^\]]*)\]|([\d.-]+))(?::([\d/-]+))?$/.exec(text) ?? [];
  const [from = '', to, ...rest] = (six ?? four ?? text).split('-');
  const address = tryParseIp(from);
  const lastAddress = to === undefined ? undefined : tryParseIp(to);
  const wrong = rest.length > 0 || (to !== undefined && lastAddress === undefined);
  if (address === undefined || wrong) return undefined;
  return {
    address,
    ...(lastAddress === undefined ? {} : { lastAddress }),
    ...(ports === undefined ? {} : { ports }),
  };
}
