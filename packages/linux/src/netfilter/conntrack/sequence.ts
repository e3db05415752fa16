import { TcpFlag, type TcpSegment } from '@podpath/net';

/** Sequence numbers go round: one is before another when it is so by less than half the circle. */
export const isBefore = (a: number, b: number): boolean => ((a - b) | 0) < 0;

export const isAfter = (a: number, b: number): boolean => isBefore(b, a);

/** The sequence number after a segment: SYN and FIN count as a byte each. */
export const endOf = ({ sequence, flags, data }: TcpSegment): number =>
  (sequence +
    data.length +
    ((flags & TcpFlag.SYN) !== 0 ? 1 : 0) +
    ((flags & TcpFlag.FIN) !== 0 ? 1 : 0)) >>>
  0;
