import type { CalicoIcmp, CalicoProtocol } from '../../calico/objects.ts';
import { type Field, show } from '../field.ts';

const NAMES = ['TCP', 'UDP', 'ICMP', 'ICMPv6', 'SCTP', 'UDPLite'] as const;
const NUMBERS: Readonly<Record<(typeof NAMES)[number], number>> = {
  TCP: 6,
  UDP: 17,
  ICMP: 1,
  ICMPv6: 58,
  SCTP: 132,
  UDPLite: 136,
};
const HIGHEST = 255;

/** A protocol by name or by a number from 1 to 255, which may be quoted. */
export const readProtocol = (field: Field): CalicoProtocol | undefined => {
  if (field.absent) return undefined;
  const { value } = field;
  const name = NAMES.find((known) => known === value);
  if (name !== undefined) return name;
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= HIGHEST) {
    return number;
  }
  field.invalid(
    `${show(value)} is no protocol`,
    `${NAMES.join(', ')} or a number from 1 to ${HIGHEST}`,
  );
  return undefined;
};

export const protocolIs = (
  protocol: CalicoProtocol | undefined,
  ...names: readonly (typeof NAMES)[number][]
): boolean => names.some((name) => protocol === name || protocol === NUMBERS[name]);

export const protocolHasPorts = (protocol: CalicoProtocol): boolean =>
  protocolIs(protocol, 'TCP', 'UDP', 'SCTP', 'UDPLite');

export const readIcmp = (field: Field): CalicoIcmp | undefined => {
  const icmp = field.object();
  if (icmp.absent) return undefined;
  const type = icmp.at('type').integerWithin(0, 254);
  const code = icmp.at('code').integerWithin(0, 255);
  if (code !== undefined && icmp.at('type').absent) {
    icmp.invalid('ICMP code specified without an ICMP type', 'a type with the code');
  }
  return {
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { code }),
  };
};
