import type { FrameProgram, ProgramDatagram, ProgramFrame } from '@podpath/linux';
import { decodeFrame, type EthernetFrame, encodeFrame, type Ipv4 } from '@podpath/net';
import type { PeerName } from '../peer-name.ts';
import { DATAPATH, DATAPATH_PORT, SLEEVE, tunnelName } from '../programs/device-names.ts';
import type { FastDatapath } from './fast-datapath.ts';
import type { FlowAction, FlowIngress, SleeveLeg } from './flow.ts';
import { decodeSleeve, encodeSleeve } from './sleeve-packet.ts';

/** TTL of tunnelled packets, on every hop anew: the overlay is one link. */
const TUNNEL_TTL = 64;

export interface OverlayProgramOptions {
  readonly self: PeerName;
  readonly datapath: FastDatapath;
  /** Of sleeve; VXLAN uses the next. */
  readonly port: number;
  /** Told of each frame before it is sent on, so that whom it is for can be brought to life. */
  readonly beforeSending: (frame: EthernetFrame) => void;
}

/**
 * The Open vSwitch datapath of a node and the router above it, as one program: every frame is decided anew,
 * where the kernel would remember the decision as a flow.
 */
export const overlayProgram = ({
  self,
  datapath,
  port,
  beforeSending,
}: OverlayProgramOptions): FrameProgram => {
  const tunnel = { name: tunnelName(port + 1), port: port + 1 };
  const take = (frame: ProgramFrame, ingress: FlowIngress): void => {
    beforeSending(frame.frame);
    const { src, dst } = frame.frame;
    const decision = datapath.decide(ingress, src, dst, frame.nowMs);
    if (decision.kind === 'drop') {
      frame.drop(decision.reason);
      return;
    }
    const { actions } = decision;
    frame.record({
      kind: 'bridge',
      bridge: DATAPATH,
      decision: actions.length === 1 ? 'forward' : 'flood',
      ports: [...new Set(actions.map(portOf))],
    });
    if (actions.length === 0) frame.stray('the overlay has nobody to send it to');
    for (const action of actions) carryOut(self, action, frame);
  };
  return {
    devices: [DATAPATH_PORT],
    tunnel,
    receive: (frame) => {
      const { from } = frame;
      if (from.kind === 'device') take(frame, { kind: 'port', vport: from.device });
      if (from.kind === 'tunnel') take(frame, { kind: 'port', vport: tunnel.name, tunnel: from });
    },
    datagrams: {
      name: SLEEVE,
      port,
      receive: (datagram) => receiveSleeve(datagram, take),
    },
  };
};

const portOf = (action: FlowAction): string => (action.kind === 'sleeve' ? SLEEVE : action.vport);

const carryOut = (self: PeerName, action: FlowAction, frame: ProgramFrame): void => {
  switch (action.kind) {
    case 'output':
      frame.transmit(action.vport);
      return;
    case 'tunnel':
      frame.encapsulate({ ...action.tunnel, ttl: TUNNEL_TTL, dontFragment: true });
      return;
    case 'sleeve':
      sendSleeve(self, action, frame);
  }
};

/** A frame goes with DF when the packet in it has it, else IP may fragment what carries it. */
const sendSleeve = (self: PeerName, leg: SleeveLeg, frame: ProgramFrame): void => {
  const { from, to, source, destination } = leg;
  const inner = frame.frame;
  const bytes = encodeFrame(inner);
  frame.sendDatagram({
    payload: encodeSleeve(self, [{ source: from, destination: to, bytes }]),
    source,
    destination,
    dontFragment: inner.payload.kind === 'ipv4' && inner.payload.dontFragment,
  });
};

const receiveSleeve = (
  datagram: ProgramDatagram,
  take: (frame: ProgramFrame, ingress: FlowIngress) => void,
): void => {
  const packet = decodeSleeve(datagram.payload);
  if (packet === undefined || packet.malformed || packet.frames.length === 0) {
    datagram.drop('no sleeve packet');
    return;
  }
  for (const { source, destination, bytes } of packet.frames) {
    const ingress: FlowIngress = { kind: 'sleeve', from: source, to: destination };
    take(datagram.open(decodeFrame(bytes)), ingress);
  }
};

/** The address that a frame asks for, when it is an ARP request. */
export const askedFor = ({ payload }: EthernetFrame): Ipv4 | undefined =>
  payload.kind === 'arp' && payload.operation === 'request' ? payload.targetIp : undefined;
