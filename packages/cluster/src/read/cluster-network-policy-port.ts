import type { ClusterNetworkPolicyPort } from '../cluster-network-policy.ts';
import type { PortProtocol } from '../objects.ts';
import type { ReadContext } from './context.ts';
import type { Field } from './field.ts';
import { checkMembers, onlyMember } from './known-members.ts';
import { HIGHEST_PORT, PROTOCOLS } from './pod-spec.ts';

/** v1alpha1: an entry of `ports`. */
export const readPort = (
  field: Field,
  context: ReadContext,
): ClusterNetworkPolicyPort | undefined => {
  const member = onlyMember(field, ['portNumber', 'portRange', 'namedPort'], context);
  switch (member) {
    case undefined:
      return undefined;
    case 'portNumber': {
      const entry = field.at('portNumber').object();
      checkMembers(entry, ['protocol', 'port'], context);
      const port = readNumber(entry.at('port'));
      return port === undefined ? undefined : { ...protocolOf(entry), first: port, last: port };
    }
    case 'portRange': {
      const entry = field.at('portRange').object();
      checkMembers(entry, ['protocol', 'start', 'end'], context);
      const range = readRange(entry);
      return range === undefined ? undefined : { ...protocolOf(entry), ...range };
    }
    case 'namedPort':
      return readName(field.at('namedPort'));
  }
};

const protocolOf = (entry: Field): { readonly protocol: PortProtocol } => ({
  protocol: entry.at('protocol').oneOf(PROTOCOLS) ?? 'TCP',
});

const BY_MEMBER = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' } as const;

/** v1alpha2: an entry of `protocols`. */
export const readProtocol = (
  field: Field,
  context: ReadContext,
): ClusterNetworkPolicyPort | undefined => {
  const member = onlyMember(field, ['tcp', 'udp', 'sctp', 'destinationNamedPort'], context);
  if (member === undefined) return undefined;
  if (member === 'destinationNamedPort') return readName(field.at(member));
  const entry = field.at(member);
  if (onlyMember(entry, ['destinationPort'], context) === undefined) return undefined;
  const port = entry.at('destinationPort');
  const protocol = BY_MEMBER[member];
  switch (onlyMember(port, ['number', 'range'], context)) {
    case undefined:
      return undefined;
    case 'number': {
      const number = readNumber(port.at('number'));
      return number === undefined ? undefined : { protocol, first: number, last: number };
    }
    case 'range': {
      checkMembers(port.at('range'), ['start', 'end'], context);
      const range = readRange(port.at('range').object());
      return range === undefined ? undefined : { protocol, ...range };
    }
  }
};

const readNumber = (field: Field): number | undefined => {
  const expected = `a number between 1 and ${HIGHEST_PORT}`;
  if (field.absent) field.required('there is no port number', expected);
  return field.integerWithin(1, HIGHEST_PORT);
};

const readRange = (range: Field): { readonly first: number; readonly last: number } | undefined => {
  const first = readNumber(range.at('start'));
  const last = readNumber(range.at('end'));
  if (first === undefined || last === undefined) return undefined;
  if (first >= last) {
    range.invalid(
      `start port ${first} must be less than end port ${last}`,
      'a start below the end, or a single number',
    );
  }
  return { first, last };
};

/** Their schema does not check names of ports. */
const readName = (field: Field): ClusterNetworkPolicyPort | undefined => {
  const name = field.string();
  return name === undefined ? undefined : { name };
};
