import type { Ip } from '@podpath/net';
import type { LinkAdd } from '../commands.ts';
import { type Device, MIN_IPV6_MTU_BYTES } from '../core.ts';
import type { TunnelEnds } from '../devices/ip-tunnel.ts';
import { Ip6tnl, ip6tnlOverhead } from '../devices/ip6tnl.ts';
import { Ipip } from '../devices/ipip.ts';
import { IPV4_OVERHEAD_BYTES, type Ipv4TunnelSettings } from '../devices/ipv4-tunnel.ts';
import { Sit } from '../devices/sit.ts';
import type { Namespace } from '../namespace.ts';
import { routeOutput } from '../routing/output-route.ts';
import { attach, DEFAULT_MTU_BYTES, identityOf } from './new-device.ts';
import { deviceOf, refusal } from './refuse.ts';

type TunnelAdd = Extract<LinkAdd, { type: 'ipip' | 'sit' | 'ip6tnl' }>;
type Ipv4TunnelAdd = Extract<LinkAdd, { type: 'ipip' | 'sit' }>;
type Ip6tnlAdd = Extract<LinkAdd, { type: 'ip6tnl' }>;

const MIN_IPV4_MTU_BYTES = 68;
const MAX_BYTE = 255;
const MAX_LABEL = 0xf_ffff;
const DEFAULT_HOP_LIMIT = 64;
const DEFAULT_ENCAP_LIMIT = 4;

const CARRIES = { ip6ip: 6, ip6ip6: 6, ipip: 4, ipip6: 4, any: 'any' } as const;

/** `ip link add … type ipip|sit|ip6tnl`. Throws EEXIST, EINVAL, ENODEV. */
export function addTunnel(namespace: Namespace, command: TunnelAdd): void {
  if (command.type === 'ip6tnl') addIp6tnl(namespace, command);
  else addIpv4Tunnel(namespace, command);
}

function addIpv4Tunnel(namespace: Namespace, command: Ipv4TunnelAdd): void {
  const { type, dev, ttl = 0, tos = 0, pathMtuDiscovery = true, fwmark = 0 } = command;
  checkRange(command, 'ttl', ttl, MAX_BYTE);
  if (tos !== 'inherit') checkRange(command, 'tos', tos, MAX_BYTE);
  // A time to live of its own keeps a tunnel from carrying itself for ever, but hides how far it is.
  if (ttl !== 0 && !pathMtuDiscovery) {
    throw refusal(command, 'EINVAL', 'a fixed ttl needs path MTU discovery');
  }
  const settings: Ipv4TunnelSettings = {
    local: command.local,
    remote: command.remote,
    underlay: dev === undefined ? undefined : deviceOf(namespace, command, dev),
    carries: CARRIES[command.mode ?? (type === 'ipip' ? 'ipip' : 'ip6ip')],
    ttl,
    tos,
    pathMtuDiscovery,
    fwmark,
  };
  checkEnds(namespace, command, settings);
  const least = type === 'sit' ? MIN_IPV6_MTU_BYTES : MIN_IPV4_MTU_BYTES;
  const room = roomOf(namespace, settings, IPV4_OVERHEAD_BYTES, least);
  const identity = identityOf(namespace, command.name, 0, command.mtuBytes ?? room);
  const tunnel =
    type === 'ipip'
      ? new Ipip(identity, settings, namespace)
      : new Sit(identity, settings, namespace);
  attach(namespace, tunnel);
  namespace.tunnels.add(tunnel);
}

function addIp6tnl(namespace: Namespace, command: Ip6tnlAdd): void {
  const { dev, hopLimit = DEFAULT_HOP_LIMIT, encapLimit = DEFAULT_ENCAP_LIMIT } = command;
  const { trafficClass = 0, flowLabel = 0, fwmark = 0, mode = 'any' } = command;
  checkRange(command, 'hoplimit', hopLimit, MAX_BYTE);
  if (encapLimit !== 'none') checkRange(command, 'encaplimit', encapLimit, MAX_BYTE);
  if (trafficClass !== 'inherit') checkRange(command, 'tclass', trafficClass, MAX_BYTE);
  if (flowLabel !== 'inherit') checkRange(command, 'flowlabel', flowLabel, MAX_LABEL);
  const settings = {
    local: command.local,
    remote: command.remote,
    underlay: dev === undefined ? undefined : deviceOf(namespace, command, dev),
    carries: CARRIES[mode],
    hopLimit,
    encapLimit,
    trafficClass,
    flowLabel,
    copyDscp: command.copyDscp === true,
    allowLocalRemote: command.allowLocalRemote === true,
    fwmark,
  };
  checkEnds(namespace, command, settings);
  const room = roomOf(namespace, settings, ip6tnlOverhead(encapLimit), MIN_IPV6_MTU_BYTES);
  const identity = identityOf(namespace, command.name, 0, command.mtuBytes ?? room);
  const tunnel = new Ip6tnl(identity, settings, namespace);
  attach(namespace, tunnel);
  namespace.tunnels.add(tunnel);
}

function checkRange(command: TunnelAdd, what: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw refusal(command, 'EINVAL', `"${what}" ${value} is not from 0 to ${most}`);
}

function checkEnds(namespace: Namespace, command: TunnelAdd, ends: TunnelEnds): void {
  for (const { type, settings: other } of namespace.tunnels) {
    if (type !== command.type) continue;
    if (
      other.local === ends.local &&
      other.remote === ends.remote &&
      other.underlay === ends.underlay
    ) {
      throw refusal(command, 'EEXIST', 'File exists: a tunnel with the same ends');
    }
  }
}

/** What the way to the far end has room for, as far as it is known (`ip_tunnel_bind_dev`, `ip6_tnl_link_config`). */
function roomOf(
  namespace: Namespace,
  { local, remote, underlay }: TunnelEnds,
  overheadBytes: number,
  leastBytes: number,
): number {
  // A tunnel through IPv6 needs both ends to be one.
  const known = typeof remote === 'number' || local !== undefined;
  const below =
    (remote !== undefined && known ? exitTo(namespace, remote, local, underlay) : undefined) ??
    underlay;
  if (below === undefined) return DEFAULT_MTU_BYTES - overheadBytes;
  return Math.max(below.mtuBytes - overheadBytes, leastBytes);
}

function exitTo(
  namespace: Namespace,
  to: Ip,
  from: Ip | undefined,
  device: Device | undefined,
): Device | undefined {
  const route = routeOutput(namespace, { to, from, device });
  return route.kind === 'route' ? route.device : undefined;
}
