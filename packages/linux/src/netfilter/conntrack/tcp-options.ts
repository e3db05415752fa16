import type { TcpSegment } from '@podpath/net';
import { isAfter } from './sequence.ts';
import type { TcpSide } from './tcp-tracking.ts';

const END = 0;
const NO_OPERATION = 1;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const LARGEST_SCALE = 14;

/** Takes what a SYN offers (tcp_options in net/netfilter/nf_conntrack_proto_tcp.c). */
export const readSynOptions = (segment: TcpSegment, side: TcpSide): void => {
  side.scale = 0;
  side.offersScale = false;
  side.permitsSack = false;
  side.closedFirst = false;
  side.unacknowledged = false;
  side.maxAck = undefined;
  eachOption(segment, (kind, bytes, at, length) => {
    if (kind === SACK_PERMITTED && length === 2) side.permitsSack = true;
    if (kind === WINDOW_SCALE && length === 3) {
      side.scale = Math.min(bytes[at] ?? 0, LARGEST_SCALE);
      side.offersScale = true;
    }
  });
};

/** The right edge of what a segment acknowledges, selectively or not. */
export const selectiveAck = (segment: TcpSegment): number => {
  let highest = segment.acknowledgement;
  eachOption(segment, (kind, bytes, at, length) => {
    if (kind !== SACK) return;
    for (let edge = at + 4; edge + 4 <= at + length - 2; edge += 8) {
      const right = get32(bytes, edge);
      if (isAfter(right, highest)) highest = right;
    }
  });
  return highest;
};

/** `at` is where the option's value starts; `length` counts its first two bytes as well. */
type OptionVisitor = (kind: number, bytes: Uint8Array, at: number, length: number) => void;

const eachOption = ({ options }: TcpSegment, visit: OptionVisitor): void => {
  if (options === undefined) return;
  let at = 0;
  while (at < options.length) {
    const kind = options[at] ?? END;
    if (kind === END) return;
    if (kind === NO_OPERATION) {
      at++;
      continue;
    }
    const length = options[at + 1] ?? 0;
    if (length < 2 || at + length > options.length) return;
    visit(kind, options, at + 2, length);
    at += length;
  }
};

const get32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0;
