import type { Ip, Mac } from '@podpath/net';
import { BROADCAST_MAC, formatIp, ipPacketLength } from '@podpath/net';
import type { Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isMulticast, multicastMac } from '../routing/address-kinds.ts';
import { sendArpRequest } from './arp-request.ts';
import { sendSolicitation } from './ndp-send.ts';
import { type Neighbour, stopAsking } from './neighbour-table.ts';

/** What may wait for one neighbour (`unres_qlen_bytes`), as much as it takes in memory. */
const MAX_QUEUED_BYTES = 212_992;
/** Largest lengths that fit into as much memory: headroom and the rest of a packet's own are in it. */
const MEMORY_BYTES: readonly (readonly [lengthBytes: number, memoryBytes: number])[] = [
  [225, 832],
  [673, 1280],
  [1697, 2304],
  [3745, 4352],
  [Number.POSITIVE_INFINITY, 8448],
];
const LOCKTIME_MS = 1000;

/** Sends a packet out of a device to the next hop, once that one's MAC is known (`ip_finish_output2`). */
export function sendToNeighbour(
  namespace: Namespace,
  packet: SocketBuffer,
  device: Device,
  nextHop: Ip,
): void {
  packet.source = hardwareSource(packet, device);
  if (device.noArp) {
    transmitTo(packet, device, device.type === 'lo' ? 0 : device.mac);
    return;
  }
  if (isMulticast(nextHop)) {
    transmitTo(packet, device, multicastMac(nextHop));
    return;
  }
  if (packet.route?.type === 'broadcast') {
    transmitTo(packet, device, BROADCAST_MAC);
    return;
  }
  const neighbour = namespace.neighbours.obtain(device, nextHop);
  age(namespace, neighbour);
  const { mac, state } = neighbour;
  if (mac !== undefined && state !== 'incomplete' && state !== 'failed') {
    if (state === 'stale') neighbour.usedStaleMs ??= namespace.nowMs;
    const how = state === 'permanent' || state === 'noarp' ? 'permanent' : 'cached';
    packet.record?.(
      { kind: 'neighbour', device: device.name, address: nextHop, mac, how },
      undefined,
    );
    neighbour.headerReady = true;
    transmitTo(packet, device, mac);
    return;
  }
  makeRoom(neighbour, memoryOf(packet));
  neighbour.queue.push(packet);
  if (state !== 'incomplete') {
    neighbour.state = 'incomplete';
    solicit(namespace, neighbour, 1);
  }
}

/** The oldest gives way (`__neigh_event_send`). */
function makeRoom({ queue }: Neighbour, bytes: number): void {
  let waiting = queue.reduce((sum, packet) => sum + memoryOf(packet), 0);
  while (waiting + bytes > MAX_QUEUED_BYTES) {
    const oldest = queue.shift();
    if (oldest === undefined) return;
    waiting -= memoryOf(oldest);
    oldest.drop('too many packets wait for the same neighbour');
  }
}

const memoryOf = (packet: SocketBuffer): number => {
  const lengthBytes = ipPacketLength(packet.packet);
  return MEMORY_BYTES.find(([most]) => lengthBytes <= most)?.[1] ?? 0;
};

/** What NAT on a bridge has the bridge device send keeps the source of its frame. */
const hardwareSource = ({ bridge }: SocketBuffer, device: Device): Mac =>
  bridge?.translated === true ? bridge.originalSource : device.mac;

function transmitTo(packet: SocketBuffer, device: Device, mac: Mac): void {
  packet.destination = mac;
  device.transmit(packet);
}

/** Brings an entry's state up to now. */
export function age(namespace: Namespace, neighbour: Neighbour): void {
  const now = namespace.nowMs;
  if (neighbour.state === 'reachable') {
    const lifeMs = setting(namespace, neighbour, 'base_reachable_time_ms');
    if (now - neighbour.confirmedMs < lifeMs) return;
    neighbour.state = 'stale';
    neighbour.usedStaleMs = undefined;
  }
  const { usedStaleMs } = neighbour;
  if (neighbour.state !== 'stale' || usedStaleMs === undefined) return;
  // By now the kernel would have asked, and have its answer or none: ask before using it again.
  const delayMs = 1000 * setting(namespace, neighbour, 'delay_first_probe_time');
  if (now - usedStaleMs >= delayMs) neighbour.state = 'failed';
}

const setting = (namespace: Namespace, { device, address }: Neighbour, name: string): number =>
  namespace.sysctls.neighbour(typeof address === 'number' ? 4 : 6, device.name, name);

function solicit(namespace: Namespace, neighbour: Neighbour, probe: number): void {
  const { device, address } = neighbour;
  const tries = setting(namespace, neighbour, 'mcast_solicit');
  const intervalMs = setting(namespace, neighbour, 'retrans_time_ms');
  // On behalf of the packet that came last (`neigh_probe`).
  const last = neighbour.queue.at(-1);
  if (typeof address === 'number') sendArpRequest(namespace, device, address, last);
  else sendSolicitation(namespace, device, address, last);
  neighbour.timer = namespace.kernel.queue.after(intervalMs, () => {
    if (probe < tries) solicit(namespace, neighbour, probe + 1);
    else fail(namespace, neighbour);
  });
}

/** Nobody answers: whoever sent the waiting packets is told (`neigh_invalidate`). */
function fail(namespace: Namespace, neighbour: Neighbour): void {
  neighbour.state = 'failed';
  neighbour.timer = undefined;
  neighbour.mac = undefined;
  const { queue } = neighbour;
  // An error may be for this very neighbour, who is then asked for anew; and all that waits is forgotten.
  while (neighbour.state === 'failed') {
    const packet = queue.shift();
    if (packet === undefined) return;
    const { name } = neighbour.device;
    const silence = `no neighbour ${formatIp(neighbour.address)} answers on ${name}`;
    const obscured = packet.recorder?.obscured;
    if (obscured !== undefined) {
      packet.end('undecided', `${silence}: the question got lost where ${obscured}`);
      continue;
    }
    packet.icmpSocket = undefined;
    packet.end('unreachable', silence);
    const error = packet.packet.kind === 'ipv4' ? { type: 3, code: 1 } : { type: 1, code: 3 };
    namespace.kernel.answers.icmpError(namespace, packet, error);
  }
  for (const packet of queue.splice(0)) packet.drop('forgotten, as the neighbour failed before');
}

/** What somebody says about a neighbour's MAC (`neigh_update`), and the packets that waited for it. */
export function learnNeighbour(
  namespace: Namespace,
  neighbour: Neighbour,
  mac: Mac,
  state: 'reachable' | 'stale',
  overrides: boolean,
): void {
  if (neighbour.state === 'permanent' || neighbour.state === 'noarp') return;
  const now = namespace.nowMs;
  const known = neighbour.state === 'reachable' || neighbour.state === 'stale';
  if (known && neighbour.mac === mac) {
    // A mere question from a neighbour neither confirms nor unsettles what is known of it.
    if (state === 'stale') return;
  } else {
    if (known && !overrides && now - neighbour.updatedMs < LOCKTIME_MS) return;
    neighbour.mac = mac;
    neighbour.updatedMs = now;
  }
  neighbour.state = state;
  neighbour.usedStaleMs = undefined;
  if (state === 'reachable') neighbour.confirmedMs = now;
  flushQueue(neighbour);
}

/** Sends what waited. */
export function flushQueue(neighbour: Neighbour): void {
  const { device, address, mac } = neighbour;
  if (mac === undefined) return;
  stopAsking(neighbour);
  if (neighbour.queue.length > 0) neighbour.headerReady = true;
  for (const packet of neighbour.queue.splice(0)) {
    packet.source = hardwareSource(packet, device);
    packet.record?.(
      { kind: 'neighbour', device: device.name, address, mac, how: 'resolved' },
      undefined,
    );
    transmitTo(packet, device, mac);
  }
}
