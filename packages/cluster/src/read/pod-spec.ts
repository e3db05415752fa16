import type { ContainerPort, PortProtocol } from '../objects.ts';
import type { Field } from './field.ts';
import type { PodSpec, Toleration } from './inventory.ts';
import { readLabels } from './labels.ts';
import { dnsLabelFault, portNameFaults } from './names.ts';

export const PROTOCOLS: readonly PortProtocol[] = ['TCP', 'UDP', 'SCTP'];

export const HIGHEST_PORT = 65535;

/** A pod's spec, on its own or in a workload's template. */
export const readPodSpec = (field: Field): PodSpec => {
  const spec = field.object();
  const hostNetwork = spec.at('hostNetwork').boolean() ?? false;
  const sidecars = spec
    .at('initContainers')
    .items()
    .filter((container) => container.at('restartPolicy').value === 'Always');
  const containers = [...spec.at('containers').items(), ...sidecars];
  return {
    nodeName: spec.at('nodeName').text(),
    nodeSelector: readLabels(spec.at('nodeSelector')),
    tolerations: spec.at('tolerations').items().map(readToleration),
    hostNetwork,
    serviceAccount: spec.at('serviceAccountName').text() ?? spec.at('serviceAccount').text(),
    ports: containers.flatMap((container) => readContainerPorts(container, hostNetwork)),
    hostname: readDnsLabel(spec.at('hostname')),
    subdomain: readDnsLabel(spec.at('subdomain')),
  };
};

const readDnsLabel = (field: Field): string | undefined => {
  const text = field.text();
  const fault = text === undefined ? undefined : dnsLabelFault(text);
  if (fault !== undefined) field.invalid(fault.reason, fault.expected);
  return text;
};

const readToleration = (field: Field): Toleration => {
  const toleration = field.object();
  return {
    key: toleration.at('key').text(),
    operator: toleration.at('operator').oneOf(['Exists', 'Equal']) ?? 'Equal',
    value: toleration.at('value').string() ?? '',
    effect: toleration.at('effect').text(),
  };
};

const readContainerPorts = (container: Field, hostNetwork: boolean): ContainerPort[] => {
  const names = new Set<string>();
  const ports: ContainerPort[] = [];
  for (const item of container.object().at('ports').items()) {
    const port = readContainerPort(item, hostNetwork);
    if (port === undefined) continue;
    if (port.name !== undefined && names.has(port.name)) {
      const reason = `another port of this container has the name ${port.name}`;
      item.at('name').report('FieldValueDuplicate', reason, 'a name of its own');
    }
    if (port.name !== undefined) names.add(port.name);
    ports.push(port);
  }
  return ports;
};

const readContainerPort = (field: Field, hostNetwork: boolean): ContainerPort | undefined => {
  const item = field.object();
  const number = item.at('containerPort');
  const port = number.integerWithin(1, HIGHEST_PORT);
  if (number.absent) number.required('there is no port number', 'a number between 1 and 65535');
  const protocol = item.at('protocol').oneOf(PROTOCOLS) ?? 'TCP';
  const name = readPortName(item.at('name'));
  const hostPort = item.at('hostPort').integerWithin(0, HIGHEST_PORT) || undefined;
  if (port === undefined) return undefined;
  if (hostNetwork && hostPort !== undefined && hostPort !== port) {
    const reason = `host port ${hostPort} differs from container port ${port} with hostNetwork`;
    item.at('hostPort').invalid(reason, String(port));
  }
  return {
    port,
    protocol,
    ...(name === undefined ? {} : { name }),
    ...(hostPort === undefined ? {} : { hostPort }),
  };
};

/** Reads the name of a port; a bad one is reported and given back all the same. */
export const readPortName = (field: Field): string | undefined => {
  const name = field.text();
  if (name !== undefined) {
    for (const { reason, expected } of portNameFaults(name)) field.invalid(reason, expected);
  }
  return name;
};
