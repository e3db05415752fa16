import type { FrameProgram, ProgramFrame } from '@podpath/linux';
import type { EthernetFrame, Ipv4 } from '@podpath/net';
import { DATAPATH, DATAPATH_PORT, tunnelName } from '../programs/device-names.ts';
import type { FastDatapath } from './fast-datapath.ts';
import type { FlowAction } from './flow.ts';

/** TTL of tunnelled packets, on every hop anew: the overlay is one link. */
const TUNNEL_TTL = 64;

/**
 * The Open vSwitch datapath of a node and the router above it, as one program: every frame is decided anew,
 * where the kernel would remember the decision as a flow. `beforeSending` is told of each frame that
 * is about to leave by the overlay or to be relayed, so that whom it is for can be brought to life.
 */
export const overlayProgram = (
  datapath: FastDatapath,
  udpPort: number,
  beforeSending: (frame: EthernetFrame) => void,
): FrameProgram => ({
  devices: [DATAPATH_PORT],
  tunnel: { name: tunnelName(udpPort), port: udpPort },
  receive: (frame) => {
    beforeSending(frame.frame);
    const decision = datapath.decide(
      frame.from.kind === 'tunnel'
        ? { vport: tunnelName(udpPort), tunnel: frame.from }
        : { vport: frame.from.device },
      frame.frame.src,
      frame.frame.dst,
      frame.nowMs,
    );
    if (decision.kind === 'drop') {
      frame.drop(decision.reason);
      return;
    }
    const { actions } = decision;
    frame.record({
      kind: 'bridge',
      bridge: DATAPATH,
      decision: actions.length === 1 ? 'forward' : 'flood',
      ports: [...new Set(actions.map(({ vport }) => vport))],
    });
    if (actions.length === 0) frame.stray('the overlay has nobody to send it to');
    for (const action of actions) carryOut(action, frame);
  },
});

const carryOut = (action: FlowAction, frame: ProgramFrame): void => {
  if (action.kind === 'output') frame.transmit(action.vport);
  else frame.encapsulate({ ...action.tunnel, ttl: TUNNEL_TTL, dontFragment: true });
};

/** The address that a frame asks for, when it is an ARP request. */
export const askedFor = ({ payload }: EthernetFrame): Ipv4 | undefined =>
  payload.kind === 'arp' && payload.operation === 'request' ? payload.targetIp : undefined;
