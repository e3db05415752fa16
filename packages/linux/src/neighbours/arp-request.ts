import {
  type ArpPacket,
  BROADCAST_MAC,
  type Ipv4,
  type Mac,
  prefixContains,
  prefixOf,
} from '@podpath/net';
import { type Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { addressType } from '../routing/address-type.ts';
import { Scope } from '../routing/scope.ts';
import { selectIpv4 } from '../routing/source-address.ts';
import { passesArp } from '../walk/arp-hook.ts';

/** Asks the link who has an address, on behalf of a packet for it (`arp_solicit`, net/ipv4/arp.c). */
export function sendArpRequest(
  namespace: Namespace,
  device: Device,
  target: Ipv4,
  cause: SocketBuffer | undefined,
): void {
  const sender =
    announced(namespace, device, target, cause) ??
    selectIpv4(namespace, device, target, Scope.LINK) ??
    0;
  const request: ArpPacket = {
    kind: 'arp',
    operation: 'request',
    senderMac: device.mac,
    senderIp: sender,
    targetMac: 0,
    targetIp: target,
  };
  sendArp(namespace, device, request, BROADCAST_MAC);
}

export function sendArp(namespace: Namespace, device: Device, arp: ArpPacket, to: Mac): void {
  const frame = new SocketBuffer(arp, namespace.name, namespace.kernel.recorder, undefined);
  frame.source = device.mac;
  frame.destination = to;
  if (!passesArp(namespace, 'output', device, frame)) return;
  device.transmit(frame);
}

/** The packet's own source, as far as `arp_announce` lets it be told. */
function announced(
  namespace: Namespace,
  device: Device,
  target: Ipv4,
  cause: SocketBuffer | undefined,
): Ipv4 | undefined {
  const { payload } = cause ?? {};
  if (payload?.kind !== 'ipv4') return undefined;
  const level = Math.max(device.ipv4.arp_announce, namespace.sysctls.ipv4All.arp_announce);
  if (level >= 2 || addressType(namespace, payload.src) !== 'LOCAL') return undefined;
  if (level === 0) return payload.src;
  const sharesSubnet = device.addresses.some(({ address, length }) => {
    const subnet = prefixOf(address, length);
    return prefixContains(subnet, target) && prefixContains(subnet, payload.src);
  });
  return sharesSubnet ? payload.src : undefined;
}
