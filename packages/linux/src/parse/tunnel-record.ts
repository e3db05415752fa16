import type { Ip, Ipv4, Ipv6 } from '@podpath/net';
import type { LinkAdd } from '../commands.ts';
import type { JsonEntry } from './json-entry.ts';

type Common = 'kind' | 'name' | 'mac' | 'mtuBytes';
type TunnelKind = 'ipip' | 'sit' | 'ip6tnl';
type TunnelSettings = {
  [T in TunnelKind]: Omit<Extract<LinkAdd, { type: T }>, Common>;
}[TunnelKind];

/** A tunnel of IP in IP as `ip -json -details link` tells of it. */
export interface TunnelRecord {
  readonly settings: TunnelSettings;
  /** What it does that is not emulated, in words. */
  readonly unsupported?: string;
}

export const isTunnelKind = (kind: string): kind is TunnelKind =>
  kind === 'ipip' || kind === 'sit' || kind === 'ip6tnl';

/** Throws ParseError. */
export function tunnelOf(kind: TunnelKind, data: JsonEntry): TunnelRecord {
  const settings = kind === 'ip6tnl' ? ip6tnlOf(data) : ipv4TunnelOf(kind, data);
  const unsupported = oddityOf(kind, data);
  return { settings, ...(unsupported === undefined ? {} : { unsupported }) };
}

/** 6to4 is what a sit device does anyway. */
const SIX_TO_FOUR = { prefix: '2002::', length: 16 };

function oddityOf(kind: TunnelKind, data: JsonEntry): string | undefined {
  if (data.flag('external')) return 'with external';
  if (data.object('encap') !== undefined || data.has('encap_type')) return 'with encap';
  if (data.optionalText('proto') === 'mplsip') return 'carrying MPLS';
  if (kind === 'ip6tnl') return data.flag('ip6_tnl_f_mip6_dev') ? 'with mip6' : undefined;
  if (kind === 'ipip') return undefined;
  if (data.flag('isatap')) return 'with isatap';
  const prefix = data.optionalText('prefix') ?? SIX_TO_FOUR.prefix;
  const length = data.optionalInteger('prefixlen') ?? SIX_TO_FOUR.length;
  const usual = prefix === SIX_TO_FOUR.prefix && length === SIX_TO_FOUR.length;
  return usual && !data.has('relay_prefix') ? undefined : 'with a 6rd prefix of its own';
}

function ipv4TunnelOf(kind: 'ipip' | 'sit', data: JsonEntry): TunnelSettings {
  const local = ipv4End(data, 'local');
  const remote = ipv4End(data, 'remote');
  const dev = data.optionalText('link');
  const ttl = data.integerOr('ttl', () => 0);
  const tos = hexOf(data, 'tos');
  const fwmark = hexOf(data, 'fwmark');
  const common = {
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    ...(dev === undefined ? {} : { dev }),
    ...(ttl === 0 ? {} : { ttl }),
    // A tunnel has it from the packets that it carries when the lowest bit is set, and nothing else.
    ...(tos === 0 ? {} : { tos: tos === 1 ? ('inherit' as const) : tos }),
    pathMtuDiscovery: data.optionalFlag('pmtudisc') ?? true,
    ...(fwmark === 0 ? {} : { fwmark }),
  };
  const proto = data.optionalText('proto');
  if (kind === 'ipip') {
    return { type: kind, ...common, ...(proto === 'any' ? { mode: proto } : {}) };
  }
  if (proto !== 'any' && proto !== 'ipip') return { type: kind, ...common };
  return { type: kind, ...common, mode: proto };
}

function ip6tnlOf(data: JsonEntry): TunnelSettings {
  const local = ipv6End(data, 'local');
  const remote = ipv6End(data, 'remote');
  const dev = data.optionalText('link');
  const proto = data.optionalText('proto');
  const fwmark = data.flag('ip6_tnl_f_use_orig_fwmark') ? 'inherit' : hexOf(data, 'fwmark');
  return {
    type: 'ip6tnl',
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    ...(dev === undefined ? {} : { dev }),
    ...(proto === 'ip6ip6' || proto === 'ipip6' ? { mode: proto } : {}),
    hopLimit: data.integerOr('ttl', () => 0),
    encapLimit: data.flag('ip6_tnl_f_ign_encap_limit')
      ? 'none'
      : (data.optionalInteger('encap_limit') ?? 0),
    trafficClass: data.flag('ip6_tnl_f_use_orig_tclass') ? 'inherit' : hexOf(data, 'tclass'),
    flowLabel: data.flag('ip6_tnl_f_use_orig_flowlabel') ? 'inherit' : hexOf(data, 'flowlabel'),
    ...(data.flag('ip6_tnl_f_rcv_dscp_copy') ? { copyDscp: true } : {}),
    ...(data.flag('ip6_tnl_f_allow_local_remote') ? { allowLocalRemote: true } : {}),
    ...(fwmark === 0 ? {} : { fwmark }),
  };
}

/** iproute2 writes these as hexadecimal texts; nothing at all stands for 0. */
export function hexOf(data: JsonEntry, name: string): number {
  const text = data.integerOr(name, () => data.optionalText(name)) ?? 0;
  if (typeof text === 'number') return text;
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number(text);
  return data.fail(name, `${text} is no such number`, 'hexadecimal digits after 0x');
}

/** `any` for none. */
function endOf(data: JsonEntry, name: 'local' | 'remote'): Ip | undefined {
  const text = data.optionalText(name);
  return text === undefined || text === 'any' || text === '::' ? undefined : data.ip(name);
}

function ipv4End(data: JsonEntry, name: 'local' | 'remote'): Ipv4 | undefined {
  const address = endOf(data, name);
  if (typeof address !== 'bigint') return address;
  return data.fail(name, 'an IPv6 address', 'an IPv4 address');
}

function ipv6End(data: JsonEntry, name: 'local' | 'remote'): Ipv6 | undefined {
  const address = endOf(data, name);
  if (typeof address !== 'number') return address;
  return data.fail(name, 'an IPv4 address', 'an IPv6 address');
}
