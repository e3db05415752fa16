import type { Mac } from '@podpath/net';
import { type JsonEntry, readJsonEntries } from './json-entry.ts';
import { isTunnelKind, type TunnelRecord, tunnelOf } from './tunnel-record.ts';
import { type VxlanRecord, vxlanOf } from './vxlan-record.ts';

/** A device as `ip -json -details link` tells of it. */
export interface LinkRecord {
  readonly index: number;
  readonly name: string;
  /** `veth`, `bridge`, `vxlan`, …; empty for a device of hardware, and for `lo`. */
  readonly kind: string;
  /** `ether`, `loopback`, `none`, … */
  readonly linkType: string;
  /** Absent where the link layer has no addresses of this form. */
  readonly mac?: Mac;
  readonly mtuBytes: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly noArp: boolean;
  /** An XDP program sees its frames first. */
  readonly hasProgram: boolean;
  /** The bridge, bond, … that it is a member of. */
  readonly master?: string;
  /** The device that it hangs on: of a veth the other end, of a VLAN its parent. */
  readonly lower?: {
    /** In the same namespace. */
    readonly name?: string;
    /** In another namespace. */
    readonly index?: number;
    /** That namespace's number here. */
    readonly namespaceId?: number;
  };
  readonly bridge?: BridgeRecord;
  readonly vxlan?: VxlanRecord;
  /** Of a tunnel of IP in IP. */
  readonly tunnel?: TunnelRecord;
  readonly port?: PortRecord;
}

interface BridgeRecord {
  readonly ageingMs: number;
  /** What it does that is not emulated, in words. */
  readonly unsupported?: string;
  /** Netfilter sees its frames whatever the namespace's sysctls say. */
  readonly callsIptables: boolean;
  readonly callsIp6tables: boolean;
}

/** How a bridge treats one of its ports. */
export interface PortRecord {
  readonly hairpin: boolean;
  readonly isolated: boolean;
  readonly learning: boolean;
  readonly flood: boolean;
  readonly broadcastFlood?: boolean;
  readonly groupFlood?: boolean;
  /** Absent: forwarding as soon as it is up. */
  readonly state?: 'disabled' | 'listening' | 'learning';
}

/** Devices in the order of the dump. Attributes that bear on nothing emulated are passed over. Throws ParseError. */
export function parseLinks(text: string, file: string): readonly LinkRecord[] {
  return readJsonEntries(text, file).map(linkOf);
}

function linkOf(entry: JsonEntry): LinkRecord {
  const info = entry.object('linkinfo');
  const kind = info?.optionalText('info_kind') ?? '';
  const linkType = entry.optionalText('link_type') ?? 'ether';
  const flags = entry.texts('flags');
  const mac =
    linkType === 'ether' || linkType === 'loopback' ? entry.optionalMac('address') : undefined;
  const master = entry.optionalText('master');
  const lower = lowerOf(entry);
  const data = info?.object('info_data');
  const slave =
    info?.optionalText('info_slave_kind') === 'bridge' ? info.object('info_slave_data') : undefined;
  return {
    index: entry.integer('ifindex'),
    name: entry.text('ifname'),
    kind,
    linkType,
    ...(mac === undefined ? {} : { mac }),
    mtuBytes: entry.integer('mtu'),
    up: flags.includes('UP'),
    carrier: flags.includes('LOWER_UP'),
    noArp: flags.includes('NOARP'),
    hasProgram: entry.has('xdp'),
    ...(master === undefined ? {} : { master }),
    ...(lower === undefined ? {} : { lower }),
    ...(kind === 'bridge' && data !== undefined ? { bridge: bridgeOf(data) } : {}),
    ...(kind === 'vxlan' && data !== undefined ? { vxlan: vxlanOf(data) } : {}),
    ...(isTunnelKind(kind) && data !== undefined ? { tunnel: tunnelOf(kind, data) } : {}),
    ...(slave === undefined ? {} : { port: portOf(slave) }),
  };
}

function lowerOf(entry: JsonEntry): LinkRecord['lower'] {
  // `null` for a device that hangs on none.
  const name = entry.flag('link') ? undefined : entry.optionalText('link');
  const index = entry.optionalInteger('link_index');
  // `-1` or a word for a namespace that has no number here.
  const namespaceId = entry.integerOr('link_netnsid', () => undefined);
  if (name === undefined && index === undefined) return undefined;
  return {
    ...(name === undefined ? {} : { name }),
    ...(index === undefined ? {} : { index }),
    ...(namespaceId === undefined ? {} : { namespaceId }),
  };
}

function bridgeOf(data: JsonEntry): BridgeRecord {
  const unsupported = data.flag('vlan_filtering')
    ? 'filtering VLANs'
    : data.flag('stp_state')
      ? 'with a spanning tree'
      : undefined;
  return {
    // In hundredths of a second.
    ageingMs: (data.optionalInteger('ageing_time') ?? 30_000) * 10,
    callsIptables: data.flag('nf_call_iptables'),
    callsIp6tables: data.flag('nf_call_ip6tables'),
    ...(unsupported === undefined ? {} : { unsupported }),
  };
}

/** What a port may be told beside what is emulated, with the value at which it makes no difference. */
const NEUTRAL: readonly (readonly [name: string, value: boolean])[] = [
  ['locked', false],
  ['neigh_suppress', false],
  ['proxy_arp', false],
  ['proxy_arp_wifi', false],
  ['vlan_tunnel', false],
];

/** A port's settings, as `ip -details link` and `bridge -details link` both tell them. Throws ParseError. */
export function portOf(data: JsonEntry): PortRecord {
  for (const [name, value] of NEUTRAL) {
    if ((data.optionalFlag(name) ?? value) !== value) {
      data.fail(
        name,
        `a bridge port with ${name} ${value ? 'off' : 'on'} is not supported`,
        `${value}`,
      );
    }
  }
  return {
    hairpin: data.flag('hairpin'),
    isolated: data.flag('isolated'),
    learning: data.optionalFlag('learning') ?? true,
    flood: data.optionalFlag('flood') ?? true,
    ...((data.optionalFlag('bcast_flood') ?? true) ? {} : { broadcastFlood: false }),
    ...((data.optionalFlag('mcast_flood') ?? true) ? {} : { groupFlood: false }),
    ...stateOf(data),
  };
}

/** Of a port that is down it says `disabled`, as of one that was told to be. */
function stateOf(data: JsonEntry): Pick<PortRecord, 'state'> {
  const state = data.optionalText('state');
  return state === 'disabled' || state === 'listening' || state === 'learning' ? { state } : {};
}
