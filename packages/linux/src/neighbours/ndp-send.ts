import type { Icmpv6Message, Ipv6, Ipv6Packet, Mac, NeighbourDiscovery } from '@podpath/net';
import { type Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isLinkLocal, multicastMac, solicitedNode } from '../routing/address-kinds.ts';
import { passes } from '../walk/hook.ts';

export const NEIGHBOUR_SOLICITATION = 135;
export const NEIGHBOUR_ADVERTISEMENT = 136;
/** Packets that came over a router have less: proof that the sender is on the link. */
export const NDP_HOP_LIMIT = 255;

/** Asks the link who has an address, on behalf of a packet for it (`ndisc_solicit`, net/ipv6/ndisc.c). */
export function sendSolicitation(
  namespace: Namespace,
  device: Device,
  target: Ipv6,
  cause: SocketBuffer | undefined,
): void {
  const { payload } = cause ?? {};
  const has = (address: Ipv6): boolean => device.addresses.some((own) => own.address === address);
  const source = payload?.kind === 'ipv6' && has(payload.src) ? payload.src : linkLocalOf(device);
  // Without an address to speak from the kernel does not ask.
  if (source === undefined) return;
  const group = solicitedNode(target);
  const question: NeighbourDiscovery = { kind: 'ndp', target, sourceLinkAddress: device.mac };
  sendDiscovery(namespace, device, {
    source,
    destination: group,
    mac: multicastMac(group),
    message: { kind: 'icmpv6', type: NEIGHBOUR_SOLICITATION, code: 0, rest: 0, data: question },
  });
}

const linkLocalOf = (device: Device): Ipv6 | undefined => {
  for (const { address } of device.addresses) {
    if (typeof address === 'bigint' && isLinkLocal(address)) return address;
  }
  return undefined;
};

/** Neighbour discovery needs no route, but walks ip6tables as any packet does. */
export function sendDiscovery(
  namespace: Namespace,
  device: Device,
  to: {
    readonly source: Ipv6;
    readonly destination: Ipv6;
    readonly mac: Mac;
    readonly message: Icmpv6Message;
  },
): void {
  const packet: Ipv6Packet = {
    kind: 'ipv6',
    trafficClass: 0,
    flowLabel: 0,
    hopLimit: NDP_HOP_LIMIT,
    src: to.source,
    dst: to.destination,
    payload: to.message,
  };
  const sent = new SocketBuffer(packet, namespace.name, namespace.kernel.recorder, undefined);
  sent.owner = 'kernel';
  sent.output = device;
  if (!passes(namespace, 'OUTPUT', sent) || !passes(namespace, 'POSTROUTING', sent)) return;
  sent.source = device.mac;
  sent.destination = to.mac;
  device.transmit(sent);
}
