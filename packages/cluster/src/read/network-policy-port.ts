import type { NetworkPolicyPort } from '../objects.ts';
import type { Field } from './field.ts';
import { portNameFaults } from './names.ts';
import { HIGHEST_PORT, PROTOCOLS } from './pod-spec.ts';

const RANGE = `a number between 1 and ${HIGHEST_PORT}`;

/** An entry of `ports`. An empty one means every TCP port, because the protocol defaults to TCP. */
export const readNetworkPolicyPort = (field: Field): NetworkPolicyPort => {
  const entry = field.object();
  const protocol = entry.at('protocol').oneOf(PROTOCOLS) ?? 'TCP';
  const port = readPort(entry.at('port'));
  const endPort = readEndPort(entry.at('endPort'), entry.at('port').absent ? undefined : port);
  return {
    protocol,
    ...(port === undefined ? {} : { port }),
    ...(endPort === undefined ? {} : { endPort }),
  };
};

const readPort = (field: Field): number | string | undefined => {
  if (typeof field.value === 'string') {
    for (const { reason, expected } of portNameFaults(field.value)) field.invalid(reason, expected);
    return field.value;
  }
  const port = field.integer();
  if (port !== undefined) checkRange(field, port);
  return port;
};

const readEndPort = (field: Field, port: number | string | undefined): number | undefined => {
  const endPort = field.integer();
  if (endPort === undefined) return undefined;
  if (port === undefined) {
    field.invalid(
      'endPort is set but port is not specified',
      'port as a number, the first of the range',
    );
    return undefined;
  }
  if (typeof port === 'string') {
    field.invalid(`endPort is set but port is the name ${port}`, 'port as a number');
    return undefined;
  }
  if (endPort < port) {
    const expected = `a number greater than or equal to ${port}, up to ${HIGHEST_PORT}`;
    field.invalid(`${endPort} is lower than port ${port}`, expected);
  }
  checkRange(field, endPort);
  return endPort;
};

const checkRange = (field: Field, port: number): void => {
  if (port < 1 || port > HIGHEST_PORT) field.invalid(`${port} is out of range`, RANGE);
};
