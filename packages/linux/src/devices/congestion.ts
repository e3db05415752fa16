const CONGESTION_BITS = 0x03;
const NOT_CAPABLE = 0;
const CAPABLE_1 = 1;
const CAPABLE_0 = 2;
const EXPERIENCED = 3;

/**
 * A tunnel's type of service with the congestion bits of what is carried: they show outside too, but not that there
 * was congestion before (RFC 6040, 4.1; `INET_ECN_encapsulate`).
 */
export function outerService(service: number, carried: number): number {
  const bits = carried & CONGESTION_BITS;
  return (service & ~CONGESTION_BITS) | (bits === EXPERIENCED ? CAPABLE_0 : bits);
}

/**
 * The type of service that a packet leaves a tunnel with: congestion on the way through is congestion (RFC 6040, 4.2;
 * `INET_ECN_decapsulate`). `undefined` where it must not go on: its sender could not be told of it.
 */
export function innerService(outer: number, carried: number): number | undefined {
  const seen = outer & CONGESTION_BITS;
  const bits = carried & CONGESTION_BITS;
  if (bits === NOT_CAPABLE) return seen === EXPERIENCED ? undefined : carried;
  if (seen === EXPERIENCED) return carried | EXPERIENCED;
  return seen === CAPABLE_1 && bits === CAPABLE_0
    ? (carried & ~CONGESTION_BITS) | CAPABLE_1
    : carried;
}

export const serviceByte = (
  packet: { kind: 'ipv4'; tos: number } | { kind: 'ipv6'; trafficClass: number },
): number => (packet.kind === 'ipv4' ? packet.tos : packet.trafficClass);
