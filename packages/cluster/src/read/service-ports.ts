import type { Service, ServicePort } from '../objects.ts';
import type { Field } from './field.ts';
import { dnsLabelFault } from './names.ts';
import { HIGHEST_PORT, PROTOCOLS, readPortName } from './pod-spec.ts';

/** The ports of a Service, with the rules that hold between them. */
export const readServicePorts = (
  field: Field,
  type: Service['type'],
  headless: boolean,
): ServicePort[] => {
  const items = field.items();
  if (items.length === 0 && !headless && type !== 'ExternalName') {
    field.required('there are no ports', 'at least one port');
  }
  const ports: ServicePort[] = [];
  for (const item of items) {
    const port = readServicePort(item, type, items.length > 1);
    if (port === undefined) continue;
    checkUnique(item, port, ports);
    ports.push(port);
  }
  return ports;
};

const readServicePort = (
  field: Field,
  type: Service['type'],
  isOneOfMany: boolean,
): ServicePort | undefined => {
  const item = field.object();
  const port = item.at('port').integerWithin(1, HIGHEST_PORT);
  if (item.at('port').absent) {
    item.at('port').required('there is no port number', `a number between 1 and ${HIGHEST_PORT}`);
  }
  const protocol = item.at('protocol').oneOf(PROTOCOLS) ?? 'TCP';
  const name = readName(item.at('name'), isOneOfMany);
  const targetPort = readTargetPort(item.at('targetPort'));
  const nodePort = readNodePort(item.at('nodePort'), type);
  if (port === undefined) return undefined;
  return {
    name,
    protocol,
    port,
    targetPort: targetPort ?? port,
    ...(nodePort === undefined ? {} : { nodePort }),
  };
};

const readName = (field: Field, required: boolean): string => {
  const name = field.text();
  if (name === undefined) {
    if (required) field.required('one of several ports has no name', 'a name');
    return '';
  }
  const fault = dnsLabelFault(name);
  if (fault !== undefined) field.invalid(fault.reason, fault.expected);
  return name;
};

/** A number or a container port's name; 0 and the empty name mean the Service's own port. */
const readTargetPort = (field: Field): number | string | undefined =>
  typeof field.value === 'string'
    ? readPortName(field)
    : field.value === 0
      ? undefined
      : field.integerWithin(1, HIGHEST_PORT);

const readNodePort = (field: Field, type: Service['type']): number | undefined => {
  const port = field.integerWithin(0, HIGHEST_PORT) || undefined;
  if (port !== undefined && type === 'ClusterIP') {
    const reason = `node port ${port} is set on a Service of type ClusterIP`;
    field.report('FieldValueForbidden', reason, 'it only with NodePort or LoadBalancer');
  }
  return type === 'ExternalName' ? undefined : port;
};

const checkUnique = (item: Field, port: ServicePort, others: readonly ServicePort[]): void => {
  if (port.name !== '' && others.some(({ name }) => name === port.name)) {
    const reason = `another port has the name ${port.name}`;
    item.at('name').report('FieldValueDuplicate', reason, 'a name of its own');
  }
  const isSame = (other: ServicePort) =>
    other.protocol === port.protocol && other.port === port.port;
  if (others.some(isSame)) {
    const reason = `${port.port}/${port.protocol} is there twice`;
    item.report('FieldValueDuplicate', reason, 'each port and protocol once');
  }
  const isSameNodePort = (other: ServicePort) =>
    other.protocol === port.protocol && other.nodePort === port.nodePort;
  if (port.nodePort !== undefined && others.some(isSameNodePort)) {
    const reason = `node port ${port.nodePort}/${port.protocol} is there twice`;
    item.at('nodePort').report('FieldValueDuplicate', reason, 'each node port once');
  }
};
