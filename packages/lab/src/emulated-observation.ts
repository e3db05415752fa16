import type { CapturedFrame, Hop, PacketTrace, Probe, Step } from '@podpath/linux';
import { encodeFrame, formatIp, type IpPacket, TcpFlag } from '@podpath/net';
import type { FlowObservation, SeenFrame, SocketEvent } from './observation.ts';

/** What a socket would have seen of a flow that the emulator carried, where there is one, and the frames that passed. */
export const observationOf = (trace: PacketTrace, probe?: Probe): FlowObservation => ({
  events: probe === undefined ? [] : eventsOf(trace, probe),
  frames: trace.captures.map(seenFrame),
});

const seenFrame = ({ namespace, device, direction, frame }: CapturedFrame): SeenFrame => ({
  namespace,
  device,
  direction,
  bytes: encodeFrame(frame),
});

function eventsOf(trace: PacketTrace, probe: Probe): readonly SocketEvent[] {
  const { reply = [], replyOutcome } = trace;
  const back = replyOutcome === 'delivered' ? deliveredPacket(reply) : undefined;
  const event = back === undefined ? undefined : eventOf(back);
  if (event !== undefined) return [event];
  const errno = localError(trace, probe);
  return errno === undefined ? [] : [{ kind: 'error', errno }];
}

/** The packet as the asker took it in. */
function deliveredPacket(reply: readonly Hop[]): IpPacket | undefined {
  const step: Step | undefined = reply.at(-1)?.steps.at(-1);
  return step?.kind === 'deliver' ? step.packet : undefined;
}

function eventOf({ src, payload }: IpPacket): SocketEvent | undefined {
  switch (payload.kind) {
    case 'udp':
      return payload.payload instanceof Uint8Array
        ? { kind: 'answer', bytes: payload.payload.length }
        : undefined;
    case 'tcp':
      return (payload.flags & TcpFlag.RST) === 0 ? { kind: 'answer', bytes: 0 } : { kind: 'reset' };
    case 'icmp':
    case 'icmpv6': {
      const { type, code, data } = payload;
      const isEchoReply = type === (payload.kind === 'icmp' ? 0 : 129);
      if (!isEchoReply) return { kind: 'icmp', type, code, from: formatIp(src) };
      return { kind: 'answer', bytes: data instanceof Uint8Array ? data.length : 0 };
    }
    default:
      return undefined;
  }
}

/** The errno names of what the emulator says in the C library's words. */
const ERRNOS: readonly (readonly [text: string, errno: string])[] = [
  ['Cannot assign requested address', 'EADDRNOTAVAIL'],
  ['Network is unreachable', 'ENETUNREACH'],
  ['No route to host', 'EHOSTUNREACH'],
  ['Permission denied', 'EACCES'],
  ['Invalid argument', 'EINVAL'],
  ['Message too long', 'EMSGSIZE'],
  ['No buffer space available', 'ENOBUFS'],
];

/** Steps that a drop by netfilter ends with. */
const FILTERS: ReadonlySet<Step['kind']> = new Set(['rule', 'policy', 'nft-rule', 'nft-policy']);

const ofFrames: ReadonlySet<unknown> = new Set(['bridge', 'netdev']);

/** What the call that sends fails with: only what ends in the sender's own stack is told to it. */
function localError(trace: PacketTrace, probe: Probe): string | undefined {
  const { outcome, reason, request, callError } = trace;
  // A connecting TCP socket goes on trying.
  if (callError !== undefined && probe.protocol !== 'tcp') {
    return ERRNOS.find(([text]) => text === callError)?.[1];
  }
  const [hop] = request;
  if (hop === undefined || request.length > 1) return undefined;
  if (hop.steps.some(({ kind }) => kind === 'transmit' || kind === 'receive')) return undefined;
  const said = ERRNOS.find(([text]) => reason.includes(text))?.[1];
  if (said !== undefined) {
    // A connecting TCP socket goes on trying when a packet that had a route does not get out.
    return probe.protocol === 'tcp' && reason.startsWith('after OUTPUT') ? undefined : said;
  }
  const before = hop.steps.at(-2);
  // Of what becomes of frames no socket is told.
  if (before !== undefined && 'family' in before && ofFrames.has(before.family)) return undefined;
  const filtered =
    outcome === 'rejected' ||
    (outcome === 'dropped' && before !== undefined && FILTERS.has(before.kind));
  return filtered && probe.protocol !== 'tcp' ? 'EPERM' : undefined;
}
