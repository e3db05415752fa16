import type { LinkAdd } from '../commands.ts';
import type { JsonEntry } from './json-entry.ts';
import { hexOf } from './tunnel-record.ts';

type Settings = Omit<Extract<LinkAdd, { type: 'vxlan' }>, 'kind' | 'name' | 'mac' | 'mtuBytes'>;

/** A VXLAN device as `ip -json -details link` tells of it. */
export interface VxlanRecord {
  readonly settings: Settings;
  /** What it does that is not emulated, in words. */
  readonly unsupported?: string;
}

/** Flags that make it something else than a tunnel to the places in its FDB. */
const UNSUPPORTED: readonly string[] = [
  'external',
  'gbp',
  'gpe',
  'l2miss',
  'l3miss',
  'proxy',
  'rsc',
  'vnifilter',
];

/** Throws ParseError. */
export function vxlanOf(data: JsonEntry): VxlanRecord {
  const local = data.optionalIp('local') ?? data.optionalIp('local6');
  const remote = data.optionalIp('remote') ?? data.optionalIp('remote6');
  const dev = data.optionalText('link');
  const unsupported = oddityOf(data);
  const tos = hexOf(data, 'tos');
  const df = dfOf(data);
  const flowLabel = hexOf(data, 'label');
  const ageing = data.optionalInteger('ageing');
  const settings: Settings = {
    type: 'vxlan',
    vni: data.optionalInteger('id') ?? 0,
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    ...(dev === undefined ? {} : { dev }),
    port: data.integer('port'),
    learning: data.optionalFlag('learning') ?? true,
    ...sourcePortsOf(data),
    ...(ageing === undefined || ageing === USUAL_AGEING_SECONDS ? {} : { ageingSeconds: ageing }),
    ...ttlOf(data),
    ...(tos === 0 ? {} : { tos: tos === 1 ? ('inherit' as const) : tos }),
    ...(df === undefined || df === 'unset' ? {} : { df }),
    ...(flowLabel === 0 ? {} : { flowLabel }),
    ...((data.optionalFlag('udp_csum') ?? true) ? {} : { udpChecksum: false }),
    ...(data.flag('udp_zero_csum6_tx') ? { noUdpChecksumIpv6: true } : {}),
  };
  return { settings, ...(unsupported === undefined ? {} : { unsupported }) };
}

const USUAL_AGEING_SECONDS = 300;

function oddityOf(data: JsonEntry): string | undefined {
  const odd = UNSUPPORTED.find((name) => data.flag(name));
  if (odd !== undefined) return `with ${odd}`;
  return data.has('group') || data.has('group6') ? 'with a group' : undefined;
}

function dfOf(data: JsonEntry): 'unset' | 'set' | 'inherit' | undefined {
  const df = data.optionalText('df');
  if (df === undefined || df === 'unset' || df === 'set' || df === 'inherit') return df;
  return data.fail('df', `${df} is none of these`, 'unset, set or inherit');
}

/** iproute2 leaves it out where it is inherited, since it tells of `df` too. */
function ttlOf(data: JsonEntry): { readonly ttl?: number | 'inherit' } {
  const ttl = data.optionalInteger('ttl') ?? (data.has('df') ? 'inherit' : 0);
  return ttl === 0 ? {} : { ttl };
}

/** Both 0 for those of sockets. */
function sourcePortsOf(data: JsonEntry): Pick<Settings, 'sourcePorts'> {
  const range = data.object('port_range');
  if (range === undefined) return {};
  const [first, last] = [range.integer('low'), range.integer('high')];
  return last === 0 ? {} : { sourcePorts: { first, last } };
}
