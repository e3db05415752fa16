import {
  type FrameProgram,
  flowSourcePort,
  type ProgramDatagram,
  type ProgramFrame,
} from '@podpath/linux';
import {
  decodeFrame,
  type EthernetFrame,
  encodeFrame,
  encodeIpPacket,
  formatIp,
  type Ipv4,
  parseIpv4,
  type UdpDatagram,
} from '@podpath/net';
import { type AgentResult, type AgentStep, textIn } from './agent.ts';

/** A program, and the namespace that it works in. */
export interface PlacedProgram {
  readonly namespace: string;
  readonly program: FrameProgram;
}

const VXLAN_HEADER_BYTES = 8;
const USUAL_TTL = 64;
/** Of the hash that spreads tunnelled flows over source ports. */
const HASH_SEED = 1;

/** Opens a program's devices and ports. Nobody else gets what comes in by its devices. */
export function programStep({ namespace, program }: PlacedProgram): AgentStep {
  const { devices, tunnel, datagrams } = program;
  const ports = [tunnel, datagrams].flatMap((each) => each?.port ?? []);
  return { do: 'program', namespace, devices, ports };
}

/** What a program sends when a frame, or a datagram, comes to it. */
export function answerFrame(program: FrameProgram, question: AgentResult): readonly AgentResult[] {
  const sent: AgentResult[] = [];
  const nowMs = typeof question.nowMs === 'number' ? question.nowMs : 0;
  const bytes = Buffer.from(textIn(question, 'hex'), 'hex');
  const device = textIn(question, 'device');
  if (device !== '') {
    const from = { kind: 'device', device } as const;
    program.receive(heldFrame(program, decodeFrame(bytes), from, nowMs, sent));
    return sent;
  }
  const source = parseIpv4(textIn(question, 'source'));
  const destination = parseIpv4(textIn(question, 'destination'));
  if (question.port === program.tunnel?.port) {
    const vni = bytes.readUInt32BE(4) >>> 8;
    const inner = decodeFrame(bytes.subarray(VXLAN_HEADER_BYTES));
    const from = { kind: 'tunnel', vni, source, destination } as const;
    program.receive(heldFrame(program, inner, from, nowMs, sent));
    return sent;
  }
  const datagram: ProgramDatagram = {
    payload: bytes,
    source,
    destination,
    open: (frame) => heldFrame(program, frame, { kind: 'datagram' }, nowMs, sent),
    drop: nothing,
  };
  program.datagrams?.receive(datagram);
  return sent;
}

/** What is dropped is not sent, and nobody keeps a record. */
const nothing = (): void => undefined;

function heldFrame(
  program: FrameProgram,
  frame: EthernetFrame,
  from: ProgramFrame['from'],
  nowMs: number,
  sent: AgentResult[],
): ProgramFrame {
  const send = (
    source: Ipv4,
    destination: Ipv4,
    payload: UdpDatagram,
    dontFragment: boolean,
    ttl: number,
  ): void => {
    const packet = udpPacket(source, destination, payload, dontFragment, ttl);
    sent.push({ hex: hex(encodeIpPacket(packet)), to: formatIp(destination) });
  };
  return {
    frame,
    from,
    nowMs,
    transmit: (device) => sent.push({ device, hex: hex(encodeFrame(frame)) }),
    encapsulate: ({ vni, source, destination, ttl, dontFragment }) =>
      send(
        source,
        destination,
        {
          kind: 'udp',
          srcPort: flowSourcePort(frame, HASH_SEED),
          dstPort: program.tunnel?.port ?? 0,
          checksum: 0,
          payload: { kind: 'vxlan', vni, inner: frame },
        },
        dontFragment,
        ttl,
      ),
    sendDatagram: ({ payload, source, destination, dontFragment }) => {
      const port = program.datagrams?.port ?? 0;
      const datagram: UdpDatagram = { kind: 'udp', srcPort: port, dstPort: port, payload };
      send(source, destination, datagram, dontFragment, USUAL_TTL);
    },
    record: nothing,
    drop: nothing,
    stray: nothing,
  };
}

const udpPacket = (
  src: Ipv4,
  dst: Ipv4,
  payload: UdpDatagram,
  dontFragment: boolean,
  ttl: number,
): Parameters<typeof encodeIpPacket>[0] => ({
  kind: 'ipv4',
  src,
  dst,
  tos: 0,
  id: 0,
  dontFragment,
  moreFragments: false,
  fragmentOffset: 0,
  ttl,
  payload,
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
