import { formatIp, type Ip } from '@podpath/net';

/** An address with a port, IPv6 in brackets; without a port when it is 0. */
export function describeEnd(address: Ip, port: number): string {
  if (port === 0) return formatIp(address);
  return typeof address === 'number'
    ? `${formatIp(address)}:${port}`
    : `[${formatIp(address)}]:${port}`;
}

/** Both ends of a socket. */
export const describeTuple = (ends: {
  readonly local: Ip;
  readonly localPort: number;
  readonly remote: Ip;
  readonly remotePort: number;
}): string =>
  `${describeEnd(ends.local, ends.localPort)} → ${describeEnd(ends.remote, ends.remotePort)}`;
