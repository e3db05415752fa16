import { encodeFrame, type IpPacket, type IpPayload, parseIpv4 } from '@podpath/net';
import type { SeenFrame } from '../observation.ts';

const between = (from: string, to: string, payload: IpPayload): IpPacket => ({
  kind: 'ipv4',
  src: parseIpv4(from),
  dst: parseIpv4(to),
  tos: 0,
  id: 0,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  payload,
});

/** A datagram on `node/a eth0`, going out. */
export const datagramFrame = (srcPort: number, dstPort: number): SeenFrame =>
  seen(
    between('10.0.0.1', '10.0.0.2', { kind: 'udp', srcPort, dstPort, payload: new Uint8Array(4) }),
  );

/** The same in a VXLAN tunnel with this outer source port. */
export const tunnelledFrame = (outerPort: number, srcPort: number, dstPort: number): SeenFrame => {
  const payload = between('10.0.0.1', '10.0.0.2', {
    kind: 'udp',
    srcPort,
    dstPort,
    payload: new Uint8Array(4),
  });
  return seen(
    between('192.168.0.1', '192.168.0.2', {
      kind: 'udp',
      srcPort: outerPort,
      dstPort: 4789,
      payload: { kind: 'vxlan', vni: 1, inner: { dst: 4, src: 3, payload } },
    }),
  );
};

export const arpFrame = (): SeenFrame =>
  seen({
    kind: 'arp',
    operation: 'request',
    senderMac: 1,
    senderIp: parseIpv4('10.0.0.1'),
    targetMac: 0,
    targetIp: parseIpv4('10.0.0.2'),
  });

const seen = (payload: Parameters<typeof encodeFrame>[0]['payload']): SeenFrame => ({
  namespace: 'node/a',
  device: 'eth0',
  direction: 'out',
  bytes: encodeFrame({ dst: 2, src: 1, payload }),
});
