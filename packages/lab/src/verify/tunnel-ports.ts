import { decodeFrame, type EthernetFrame } from '@podpath/net';
import type { SeenFrame } from '../observation.ts';

/**
 * The UDP source ports that another kernel gave to tunnelled frames, by the frame in the tunnel: they come from a hash with a
 * key of its own, in which different flows may meet.
 */
export class TunnelPorts {
  readonly #ports = new Map<string, number>();

  /** For `NetworkOptions.tunnelSourcePort`. */
  readonly of = (inner: EthernetFrame): number | undefined => this.#ports.get(keyOf(inner));

  learn(frames: readonly SeenFrame[]): void {
    for (const { bytes } of frames) this.#learnFrom(bytes);
  }

  #learnFrom(bytes: Uint8Array): void {
    let frame: EthernetFrame;
    try {
      frame = decodeFrame(bytes);
    } catch {
      // No frame, so no tunnel: it is compared as bytes.
      return;
    }
    const { payload } = frame;
    if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') return;
    const udp = payload.payload;
    if (udp.kind !== 'udp' || udp.payload instanceof Uint8Array) return;
    this.#ports.set(keyOf(udp.payload.inner), udp.srcPort);
  }
}

/** Both ends of a frame's flow, in its direction. */
function keyOf({ src, dst, payload }: EthernetFrame): string {
  if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') return `${src} ${dst} ${payload.kind}`;
  const inner = payload.payload;
  const ports = 'srcPort' in inner ? `${inner.srcPort} ${inner.dstPort}` : '';
  return `${payload.src} ${payload.dst} ${inner.kind} ${ports}`;
}
