import { type EthernetFrame, type Ipv4, ipPacketLength, type UdpDatagram } from '@podpath/net';
import type { SocketBuffer } from '../core.ts';
import { tunnelSourcePort } from '../devices/flow-hash.ts';
import { updateCarrier } from '../devices/link-state.ts';
import { Tun } from '../devices/tun.ts';
import type { Namespace } from '../namespace.ts';
import { routeOutput } from '../routing/output-route.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { type Headers, ipPacket } from '../sockets/ip-packet.ts';
import { ANY_VNI } from '../sockets/socket-table.ts';
import type { StepDetail } from '../trace.ts';
import { sendLocal } from '../walk/output.ts';
import type { FrameProgram, ProgramFrame, TunnelAddresses } from './frame-program.ts';

/**
 * Gives a program its devices, its tunnel port and its socket. Throws RangeError for a device that does not exist or
 * that a bridge or another program has.
 */
export function attachProgram(namespace: Namespace, program: FrameProgram): void {
  for (const name of program.devices) {
    const device = namespace.devices.get(name);
    if (device === undefined) throw new RangeError(`${namespace.name} has no device ${name}`);
    const isTun = device instanceof Tun;
    const taken = isTun ? device.isOpen : device.portInput !== undefined;
    if (taken) throw new RangeError(`${name} is taken already`);
    const take = (packet: SocketBuffer): void =>
      program.receive(new Held(namespace, program, packet, { kind: 'device', device: name }));
    if (isTun) {
      device.open(take);
      updateCarrier(namespace, device);
    } else {
      device.portInput = take;
    }
  }
  const { tunnel, datagrams } = program;
  if (tunnel !== undefined) {
    namespace.sockets.openTunnel(4, tunnel.port, ANY_VNI, (packet) => {
      const from = unwrap(packet);
      if (from === undefined) {
        packet.drop('no VXLAN frame');
        return;
      }
      noteOpened(packet, tunnel.name, 'vxlan');
      program.receive(new Held(namespace, program, packet, { kind: 'tunnel', ...from }));
    });
  }
  if (datagrams === undefined) return;
  namespace.sockets.openProgram(4, datagrams.port, (packet) => {
    const outer = packet.packet;
    const datagram = outer.payload.kind === 'udp' ? outer.payload.payload : undefined;
    if (outer.kind !== 'ipv4' || !(datagram instanceof Uint8Array)) {
      packet.drop('no datagram of the program');
      return;
    }
    datagrams.receive({
      payload: datagram,
      source: outer.src,
      destination: outer.dst,
      open: (frame) => {
        const inner = packet.clone();
        become(inner, frame);
        noteOpened(inner, datagrams.name, 'udp');
        return new Held(namespace, program, inner, { kind: 'datagram' });
      },
      drop: (reason) => packet.drop(reason),
    });
  });
}

class Held implements ProgramFrame {
  readonly frame: EthernetFrame;
  readonly from: ProgramFrame['from'];
  readonly #namespace: Namespace;
  readonly #program: FrameProgram;
  readonly #packet: SocketBuffer;

  constructor(
    namespace: Namespace,
    program: FrameProgram,
    packet: SocketBuffer,
    from: ProgramFrame['from'],
  ) {
    this.#namespace = namespace;
    this.#program = program;
    this.#packet = packet;
    this.frame = packet.frame;
    this.from = from;
  }

  get nowMs(): number {
    return this.#namespace.nowMs;
  }

  transmit(name: string): void {
    const device = this.#namespace.devices.get(name);
    if (device === undefined) throw new RangeError(`there is no device ${name}`);
    const packet = this.#packet.clone();
    if (device instanceof Tun) device.write(packet);
    else device.transmit(packet);
  }

  encapsulate({
    vni,
    source,
    destination,
    ttl,
    dontFragment,
  }: Parameters<ProgramFrame['encapsulate']>[0]): void {
    const { tunnel } = this.#program;
    if (tunnel === undefined) throw new RangeError('the program has no tunnel');
    const { name, port } = tunnel;
    const packet = this.#packet.clone();
    const inner = packet.frame;
    this.#send(
      packet,
      name,
      'vxlan',
      source,
      destination,
      { dontFragment, ttl },
      {
        kind: 'udp',
        srcPort: tunnelSourcePort(this.#namespace.kernel, inner),
        dstPort: port,
        checksum: 0,
        payload: { kind: 'vxlan', vni, inner },
      },
    );
  }

  sendDatagram({
    payload,
    source,
    destination,
    dontFragment,
  }: Parameters<ProgramFrame['sendDatagram']>[0]): void {
    const { datagrams } = this.#program;
    if (datagrams === undefined) throw new RangeError('the program has no socket');
    const { name, port } = datagrams;
    this.#send(
      this.#packet.clone(),
      name,
      'udp',
      source,
      destination,
      { dontFragment },
      {
        kind: 'udp',
        srcPort: port,
        dstPort: port,
        payload,
      },
    );
  }

  #send(
    packet: SocketBuffer,
    device: string,
    protocol: 'vxlan' | 'udp',
    source: Ipv4,
    destination: Ipv4,
    headers: Headers,
    payload: UdpDatagram,
  ): void {
    const namespace = this.#namespace;
    const carried = packet.frameBytes - ETHERNET_BYTES;
    packet.scrub(false);
    const route = routeOutput(namespace, { to: destination, from: source, mark: packet.mark });
    if (route.kind === 'error') {
      packet.end('unreachable', `the tunnel's far end: ${ERROR_TEXT[route.error]}`);
      return;
    }
    const outer = ipPacket(namespace, source, destination, payload, headers);
    packet.payload = outer;
    const overheadBytes = ipPacketLength(outer) - carried;
    packet.record?.({ kind: 'encapsulate', device, protocol, overheadBytes }, outer);
    packet.input = undefined;
    packet.audience = 'host';
    sendLocal(namespace, packet, route);
  }

  record(step: StepDetail): void {
    this.#packet.record?.(step, undefined);
  }

  drop(reason: string): void {
    this.#packet.drop(reason);
  }

  stray(reason: string): void {
    this.#packet.stray(reason);
  }
}

/** Takes the outer headers off; `undefined` when there is no frame inside. */
function unwrap(packet: SocketBuffer): TunnelAddresses | undefined {
  const outer = packet.packet;
  if (outer.kind !== 'ipv4' || outer.payload.kind !== 'udp') return undefined;
  const { payload } = outer.payload;
  if (payload instanceof Uint8Array) return undefined;
  const { vni, inner } = payload;
  become(packet, inner);
  return { vni, source: outer.src, destination: outer.dst };
}

/** A packet goes on as the frame that was in it. */
function become(packet: SocketBuffer, frame: EthernetFrame): void {
  packet.scrub(false);
  packet.payload = frame.payload;
  packet.source = frame.src;
  packet.destination = frame.dst;
}

const noteOpened = (packet: SocketBuffer, device: string, protocol: 'vxlan' | 'udp'): void =>
  packet.record?.(
    { kind: 'decapsulate', device, protocol },
    packet.isIp ? packet.packet : undefined,
  );

const ETHERNET_BYTES = 14;
