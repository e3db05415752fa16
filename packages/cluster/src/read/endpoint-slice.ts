import { familyOf, type Ip } from '@podpath/net';
import type { Endpoint, EndpointSlice } from '../objects.ts';
import { readIp } from './address.ts';
import type { ReadContext } from './context.ts';
import { type Field, show } from './field.ts';
import { readMetadata, readNamespaceName } from './metadata.ts';
import { HIGHEST_PORT, PROTOCOLS } from './pod-spec.ts';

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/**
 * An EndpointSlice of addresses, or `undefined` for one that nothing on a node reads: of host names
 * (FQDN), or belonging to no Service.
 */
export const readEndpointSlice = (root: Field, context: ReadContext): EndpointSlice | undefined => {
  const { name, labels } = readMetadata(root);
  const namespace = readNamespaceName(root, context.defaultNamespace);
  const type = readAddressType(root.at('addressType'));
  if (type === undefined || type === 'FQDN') return undefined;
  const family = type === 'IPv4' ? 4 : 6;
  const source = context.sourceOf([]);
  const ports = root.at('ports').items().map(readPort);
  const endpoints = root
    .at('endpoints')
    .items()
    .map((item) => readEndpoint(item, family, namespace));
  const service = labels[SERVICE_NAME_LABEL];
  if (service === undefined) return undefined;
  return {
    namespace,
    name,
    service,
    family,
    ports,
    endpoints,
    ...(source === undefined ? {} : { source }),
  };
};

const readAddressType = (field: Field): 'IPv4' | 'IPv6' | 'FQDN' | undefined => {
  if (field.absent) field.required('there is no address type', 'IPv4, IPv6 or FQDN');
  return field.oneOf(['IPv4', 'IPv6', 'FQDN']);
};

export const readPort = (field: Field): EndpointSlice['ports'][number] => {
  const item = field.object();
  const port = item.at('port').integerWithin(1, HIGHEST_PORT);
  return {
    name: item.at('name').string() ?? '',
    protocol: item.at('protocol').oneOf(PROTOCOLS) ?? 'TCP',
    ...(port === undefined ? {} : { port }),
  };
};

const readEndpoint = (field: Field, family: 4 | 6, namespace: string): Endpoint => {
  const item = field.object();
  const conditions = item.at('conditions').object();
  const ready = conditions.at('ready').boolean() ?? true;
  const nodeName = item.at('nodeName').text();
  const hostname = item.at('hostname').text();
  const zones = readZones(item.at('hints').object());
  return {
    addresses: readAddresses(item.at('addresses'), family),
    ready,
    serving: conditions.at('serving').boolean() ?? ready,
    terminating: conditions.at('terminating').boolean() ?? false,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(hostname === undefined ? {} : { hostname }),
    ...readTarget(item.at('targetRef').object(), namespace),
    ...(zones.length === 0 ? {} : { zones }),
  };
};

const readZones = (hints: Field): string[] =>
  hints
    .at('forZones')
    .items()
    .map((zone) => zone.object().at('name').text())
    .filter((name) => name !== undefined);

const readAddresses = (field: Field, family: 4 | 6): Ip[] => {
  const items = field.items();
  if (items.length === 0) field.required('an endpoint has no address', 'at least one address');
  return items.flatMap((item) => {
    const ip = readIp(item);
    if (ip === undefined) return [];
    if (familyOf(ip) !== family) {
      item.invalid(`${show(item.value)} is of the other family`, `an IPv${family} address`);
    }
    return [ip];
  });
};

/** The pod behind an endpoint. */
export const readTarget = (target: Field, namespace: string): Pick<Endpoint, 'pod'> => {
  const name = target.at('name').text();
  if (target.at('kind').value !== 'Pod' || name === undefined) return {};
  return { pod: `${target.at('namespace').text() ?? namespace}/${name}` };
};
