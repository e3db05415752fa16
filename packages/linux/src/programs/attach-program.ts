import type { EthernetFrame } from '@podpath/net';
import type { SocketBuffer } from '../core.ts';
import { flowSourcePort } from '../devices/flow-hash.ts';
import { VXLAN_OVERHEAD_BYTES } from '../devices/vxlan.ts';
import type { Namespace } from '../namespace.ts';
import { routeOutput } from '../routing/output-route.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { ipPacket } from '../sockets/ip-packet.ts';
import { ANY_VNI } from '../sockets/socket-table.ts';
import type { StepDetail } from '../trace.ts';
import { sendLocal } from '../walk/output.ts';
import type { FrameProgram, ProgramFrame, TunnelAddresses } from './frame-program.ts';

/**
 * Gives a program its devices and its tunnel port. Throws RangeError for a device that does not exist or
 * that a bridge or another program has.
 */
export function attachProgram(namespace: Namespace, program: FrameProgram): void {
  for (const name of program.devices) {
    const device = namespace.devices.get(name);
    if (device === undefined) throw new RangeError(`${namespace.name} has no device ${name}`);
    if (device.portInput !== undefined) throw new RangeError(`${name} is taken already`);
    device.portInput = (packet) =>
      program.receive(new Held(namespace, program, packet, { kind: 'device', device: name }));
  }
  const { port } = program.tunnel;
  namespace.sockets.openTunnel(4, port, ANY_VNI, (packet) => {
    const from = unwrap(packet);
    if (from === undefined) {
      packet.drop('no VXLAN frame');
      return;
    }
    packet.record?.(
      { kind: 'decapsulate', device: program.tunnel.name, protocol: 'vxlan' },
      packet.isIp ? packet.packet : undefined,
    );
    program.receive(new Held(namespace, program, packet, { kind: 'tunnel', ...from }));
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
    device.transmit(this.#packet.clone());
  }

  encapsulate({
    vni,
    source,
    destination,
    ttl,
    dontFragment,
  }: Parameters<ProgramFrame['encapsulate']>[0]): void {
    const namespace = this.#namespace;
    const { name, port } = this.#program.tunnel;
    const packet = this.#packet.clone();
    const inner = packet.frame;
    packet.scrub(false);
    const route = routeOutput(namespace, { to: destination, from: source, mark: packet.mark });
    if (route.kind === 'error') {
      packet.end('unreachable', `the tunnel's far end: ${ERROR_TEXT[route.error]}`);
      return;
    }
    packet.payload = ipPacket(
      namespace,
      source,
      destination,
      {
        kind: 'udp',
        srcPort: flowSourcePort(inner, namespace.kernel.flowHashSeed),
        dstPort: port,
        checksum: 0,
        payload: { kind: 'vxlan', vni, inner },
      },
      { dontFragment, ttl },
    );
    packet.record?.(
      {
        kind: 'encapsulate',
        device: name,
        protocol: 'vxlan',
        overheadBytes: VXLAN_OVERHEAD_BYTES[4],
      },
      packet.packet,
    );
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
  packet.scrub(false);
  packet.payload = inner.payload;
  packet.source = inner.src;
  packet.destination = inner.dst;
  return { vni, source: outer.src, destination: outer.dst };
}
