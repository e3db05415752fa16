import type { ArpPacket, Ipv4 } from '@podpath/net';
import type { Device, FibEntry, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isLoopback, isMulticast } from '../routing/address-kinds.ts';
import { addressType } from '../routing/address-type.ts';
import { routeInputIpv4 } from '../routing/input-route.ts';
import { routesLocalnet } from '../routing/route-localnet.ts';
import { Scope } from '../routing/scope.ts';
import { passesArp } from '../walk/arp-hook.ts';
import { sendArp } from './arp-request.ts';
import { proxyDelayMs } from './proxy-delay.ts';
import { learnNeighbour } from './resolution.ts';

/** Takes in an ARP packet: answers what it asks, and learns what it tells (`arp_process`, net/ipv4/arp.c). */
export function receiveArp(namespace: Namespace, device: Device, frame: SocketBuffer): void {
  const arp = frame.payload;
  if (arp.kind !== 'arp' || device.noArp || frame.audience === 'otherhost') return;
  if (!passesArp(namespace, 'input', device, frame)) return;
  const { senderIp, targetIp } = arp;
  if (isMulticast(targetIp) || (isLoopback(targetIp) && !routesLocalnet(namespace, device))) return;
  if (senderIp === 0) {
    const isOurs = addressType(namespace, targetIp) === 'LOCAL';
    const answers = isOurs && !ignores(namespace, device, senderIp, targetIp);
    if (arp.operation === 'request' && answers) reply(namespace, device, arp);
    return;
  }
  if (arp.operation === 'request') {
    const route = routeInputIpv4(namespace, {
      to: targetIp,
      from: senderIp,
      device,
      mark: 0,
      arp: true,
    });
    if (route.kind === 'local') {
      const silent =
        ignores(namespace, device, senderIp, targetIp) || filters(namespace, device, senderIp);
      if (!silent) {
        learnSender(namespace, device, arp);
        reply(namespace, device, arp);
      }
      return;
    }
    if (route.kind === 'forward' && proxies(namespace, device, route.entry, targetIp)) {
      learnSender(namespace, device, arp);
      const delayMs = frame.audience === 'host' ? 0 : proxyDelayMs(namespace, device, 4);
      if (delayMs === 0) reply(namespace, device, arp);
      else namespace.kernel.queue.after(delayMs, () => reply(namespace, device, arp));
      return;
    }
  }
  updateKnown(namespace, device, arp, frame.audience === 'host');
}

function reply(namespace: Namespace, device: Device, request: ArpPacket): void {
  const answer: ArpPacket = {
    kind: 'arp',
    operation: 'reply',
    senderMac: device.mac,
    senderIp: request.targetIp,
    targetMac: request.senderMac,
    targetIp: request.senderIp,
  };
  sendArp(namespace, device, answer, request.senderMac);
}

/** Who asks us will be answered, and probably spoken to: its mapping is kept, as hearsay. */
function learnSender(namespace: Namespace, device: Device, arp: ArpPacket): void {
  const neighbour = namespace.neighbours.obtain(device, arp.senderIp);
  learnNeighbour(namespace, neighbour, arp.senderMac, 'stale', true);
}

function updateKnown(namespace: Namespace, device: Device, arp: ArpPacket, toUs: boolean): void {
  const { senderIp, targetIp, operation } = arp;
  const accepts = Math.max(device.ipv4.arp_accept, namespace.sysctls.ipv4All.arp_accept) === 1;
  const gratuitous = senderIp === targetIp && addressType(namespace, senderIp) === 'UNICAST';
  const known = namespace.neighbours.get(device, senderIp);
  const neighbour =
    known ?? (accepts && gratuitous ? namespace.neighbours.obtain(device, senderIp) : undefined);
  if (neighbour === undefined) return;
  const confirms = operation === 'reply' && toUs;
  learnNeighbour(namespace, neighbour, arp.senderMac, confirms ? 'reachable' : 'stale', gratuitous);
}

/** `arp_ignore`: which own addresses are kept secret on this device. */
function ignores(namespace: Namespace, device: Device, sender: Ipv4, target: Ipv4): boolean {
  const level = Math.max(device.ipv4.arp_ignore, namespace.sysctls.ipv4All.arp_ignore);
  const configured = device.addresses.find(({ address }) => address === target);
  switch (level) {
    case 0:
      return false;
    case 1:
      return configured === undefined;
    case 2:
      if (configured === undefined) return true;
      return sender >>> (32 - configured.length) !== target >>> (32 - configured.length);
    case 3: {
      const owner = namespace
        .ownersOf(target)[0]
        ?.addresses.find(({ address }) => address === target);
      return owner?.scope === Scope.HOST;
    }
    case 8:
      return true;
    default:
      return false;
  }
}

/** `arp_filter`: answer only where the way back to the asker begins. */
function filters(namespace: Namespace, device: Device, sender: Ipv4): boolean {
  if ((device.ipv4.arp_filter | namespace.sysctls.ipv4All.arp_filter) === 0) return false;
  const back = namespace.ipv4.lookup({ to: sender, inDevice: 'lo', mark: 0 });
  return typeof back === 'string' || back.device !== device;
}

/**
 * `proxy_arp` answers for what lies beyond another device, as an entry does for one address of it; `proxy_arp_pvlan` for
 * what lies beyond the same one.
 */
function proxies(namespace: Namespace, device: Device, route: FibEntry, target: Ipv4): boolean {
  const all = namespace.sysctls.ipv4All;
  return route.device === device
    ? (device.ipv4.proxy_arp_pvlan | all.proxy_arp_pvlan) !== 0
    : (device.ipv4.proxy_arp | all.proxy_arp) !== 0 ||
        namespace.neighbours.isProxied(device, target);
}
