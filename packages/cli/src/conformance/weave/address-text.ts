import { formatIp, parseIpv4 } from '@podpath/net';
import type { AddressRange } from '@podpath/weave/conformance';

/** The range that starts at an address and has so many, as the vectors' steps give it. */
export const rangeOf = (start: string, size: number): AddressRange => ({
  start: parseIpv4(start),
  end: parseIpv4(start) + size,
});

/** Ranges as the vectors write them: `10.32.0.0+256`. */
export const readRange = (text: string): AddressRange => {
  const [start = '', size = ''] = text.split('+');
  return rangeOf(start, Number(size));
};

export const writeRange = ({ start, end }: AddressRange): string =>
  `${formatIp(start)}+${end - start}`;
