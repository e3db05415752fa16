/** What the socket of a flow was told, or took in. */
export type SocketEvent =
  | { readonly kind: 'answer'; readonly bytes: number }
  /** A TCP reset. */
  | { readonly kind: 'reset' }
  /** An ICMP or ICMPv6 error that came back, and from whom. */
  | {
      readonly kind: 'icmp';
      readonly type: number;
      readonly code: number;
      readonly from: string;
    }
  /** A call failed with this errno, and nothing came back. */
  | { readonly kind: 'error'; readonly errno: string };

/** A frame on a device, as a capture there shows it. */
export interface SeenFrame {
  readonly namespace: string;
  readonly device: string;
  readonly direction: 'in' | 'out';
  readonly bytes: Uint8Array;
  /** The kernel had yet to compute the transport's checksum: what stands in the bytes is no checksum. */
  readonly checksumPending?: boolean;
}

/** What one flow came to, in an emulated or a real network. */
export interface FlowObservation {
  /** In order; empty when the socket heard nothing. */
  readonly events: readonly SocketEvent[];
  readonly frames: readonly SeenFrame[];
  /** On a clock of the kernel's; only the time between flows means anything. */
  readonly startedMs?: number;
}

/**
 * What a socket heard, in a few words: equal events, equal words. Where something came back, an error of the call
 * that sent it is no news.
 */
export function heardText(events: readonly SocketEvent[]): string {
  const cameBack = events.filter(({ kind }) => kind !== 'error');
  const heard = cameBack.length > 0 ? cameBack : events;
  return [...new Set(heard.map(eventText))].join(', ') || 'nothing';
}

function eventText(event: SocketEvent): string {
  switch (event.kind) {
    case 'answer':
      return `answer of ${event.bytes} bytes`;
    case 'reset':
      return 'reset';
    case 'icmp':
      return `ICMP ${event.type}/${event.code} from ${event.from}`;
    case 'error':
      return event.errno;
  }
}
