import type { Icmpv6Message, Ipv6, NeighbourDiscovery } from '@podpath/net';
import type { Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { ALL_NODES, isUnspecified, multicastMac } from '../routing/address-kinds.ts';
import { answersForAnycast } from '../routing/anycast-addresses.ts';
import { selectIpv6 } from '../routing/source-address.ts';
import {
  NDP_HOP_LIMIT,
  NEIGHBOUR_ADVERTISEMENT,
  NEIGHBOUR_SOLICITATION,
  sendDiscovery,
} from './ndp-send.ts';
import { proxyDelayMs } from './proxy-delay.ts';
import { learnNeighbour } from './resolution.ts';

const ROUTER = 0x8000_0000;
const SOLICITED = 0x4000_0000;
const OVERRIDE = 0x2000_0000;

/** Takes in neighbour discovery (`ndisc_rcv`, net/ipv6/ndisc.c). Returns false for any other message. */
export function receiveDiscovery(
  namespace: Namespace,
  device: Device,
  packet: SocketBuffer,
  message: Icmpv6Message,
): boolean {
  const { data, type, rest } = message;
  if (data instanceof Uint8Array) return false;
  const ip = packet.packet;
  if (ip.kind !== 'ipv6' || ip.hopLimit !== NDP_HOP_LIMIT) return true;
  if (type === NEIGHBOUR_SOLICITATION) answer(namespace, device, packet, ip.src, data);
  else if (type === NEIGHBOUR_ADVERTISEMENT) learn(namespace, device, data, rest);
  return true;
}

/** Only for addresses of the very device: an IPv6 host keeps its links apart. For routers in general any of them speaks up. */
function answer(
  namespace: Namespace,
  device: Device,
  question: SocketBuffer,
  asker: bigint,
  { target, sourceLinkAddress }: NeighbourDiscovery,
): void {
  const own = device.addresses.some(({ address }) => address === target);
  const anycast = !own && answersForAnycast(device, target);
  if (!own && !anycast && !proxies(namespace, device, target)) return;
  const detection = isUnspecified(asker);
  if (!detection && sourceLinkAddress !== undefined) {
    const neighbour = namespace.neighbours.obtain(device, asker);
    learnNeighbour(namespace, neighbour, sourceLinkAddress, 'stale', true);
  }
  const known = namespace.neighbours.get(device, asker)?.mac;
  const mac = detection ? multicastMac(ALL_NODES) : (known ?? sourceLinkAddress);
  if (mac === undefined) return;
  // Nothing is said of what a proxy speaks for.
  const router = device.ipv6.forwarding === 0 || !(own || anycast) ? 0 : ROUTER;
  const flags = router + (own ? OVERRIDE : 0) + (detection ? 0 : SOLICITED);
  const source = own ? target : selectIpv6(namespace, device, asker);
  if (source === undefined) return;
  const data: NeighbourDiscovery = { kind: 'ndp', target, targetLinkAddress: device.mac };
  const send = (): void =>
    sendDiscovery(namespace, device, {
      source,
      destination: detection ? ALL_NODES : asker,
      mac,
      message: { kind: 'icmpv6', type: NEIGHBOUR_ADVERTISEMENT, code: 0, rest: flags, data },
    });
  // Who asks everybody is kept waiting by a proxy, as the owner may answer.
  const patient = own || anycast || question.audience === 'host';
  const delayMs = patient ? 0 : proxyDelayMs(namespace, device, 6);
  if (delayMs === 0) send();
  else namespace.kernel.queue.after(delayMs, send);
}

/** Only a router speaks for others, and only where it is told to (`proxy_ndp`, and an entry for the address). */
const proxies = (namespace: Namespace, device: Device, target: Ipv6): boolean =>
  device.ipv6.forwarding !== 0 &&
  (device.ipv6.proxy_ndp | namespace.sysctls.ipv6All.proxy_ndp) !== 0 &&
  namespace.neighbours.isProxied(device, target);

/** Advertisements change entries that exist, and make none. */
function learn(
  namespace: Namespace,
  device: Device,
  { target, targetLinkAddress }: NeighbourDiscovery,
  flags: number,
): void {
  const neighbour = namespace.neighbours.get(device, target);
  const mac = targetLinkAddress ?? neighbour?.mac;
  if (neighbour === undefined || mac === undefined) return;
  const state = (flags & SOLICITED) === 0 ? 'stale' : 'reachable';
  learnNeighbour(namespace, neighbour, mac, state, (flags & OVERRIDE) !== 0);
}
