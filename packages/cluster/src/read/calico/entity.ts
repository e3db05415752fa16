import { type Prefix, prefixOf } from '@podpath/net';
import type { CalicoEntity, CalicoPort } from '../../calico/objects.ts';
import { parsePolicyPort } from '../../calico/policy-port.ts';
import { readIp, readPrefix } from '../address.ts';
import type { ReadContext } from '../context.ts';
import { type Field, show } from '../field.ts';
import { checkDuplicates, checkMembers, itemsWithin } from '../known-members.ts';
import { dnsSubdomainFault } from '../names.ts';
import { readNamespaceSelector, readPlainSelector, readSelector } from './selector.ts';

const MOST_NETS = 256;
const MOST_PORTS = 50;

const MEMBERS = [
  'nets',
  'notNets',
  'selector',
  'notSelector',
  'namespaceSelector',
  'ports',
  'notPorts',
  'serviceAccounts',
  'services',
];

/** One end of a rule. `namespace` is the policy's own, where services without one are. */
export const readEntity = (
  field: Field,
  namespace: string | undefined,
  context: ReadContext,
): CalicoEntity => {
  const entity = field.object();
  checkMembers(entity, MEMBERS, context);
  checkServices(entity);
  const nets = readNets(entity.at('nets'), { hostBits: false });
  const notNets = readNets(entity.at('notNets'), { hostBits: false });
  const selector = readPlainSelector(entity.at('selector'));
  const notSelector = readSelector(entity.at('notSelector'));
  const namespaceSelector = readNamespaceSelector(entity.at('namespaceSelector'));
  const ports = readPorts(entity.at('ports'));
  const notPorts = readPorts(entity.at('notPorts'));
  const serviceAccounts = readServiceAccounts(entity.at('serviceAccounts'), context);
  const services = readServices(entity.at('services'), namespace, context);
  return {
    ...(nets.length === 0 ? {} : { nets }),
    ...(notNets.length === 0 ? {} : { notNets }),
    ...(selector === undefined ? {} : { selector }),
    ...(notSelector === undefined ? {} : { notSelector }),
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ...(ports.length === 0 ? {} : { ports }),
    ...(notPorts.length === 0 ? {} : { notPorts }),
    ...(serviceAccounts === undefined ? {} : { serviceAccounts }),
    ...(services === undefined ? {} : { services }),
  };
};

/** Networks; a bare address is one by itself. */
export const readNets = (
  field: Field,
  { hostBits }: { readonly hostBits: boolean },
): readonly Prefix[] => {
  const items = hostBits ? field.items() : itemsWithin(field, 0, MOST_NETS);
  checkDuplicates(items);
  return items
    .map((item) => {
      const text = item.text();
      if (text === undefined) return undefined;
      if (text.includes('/')) return readPrefix(item, !hostBits);
      const address = readIp(item);
      return address === undefined
        ? undefined
        : prefixOf(address, typeof address === 'number' ? 32 : 128);
    })
    .filter((net) => net !== undefined);
};

const readPorts = (field: Field): readonly CalicoPort[] =>
  itemsWithin(field, 0, MOST_PORTS)
    .map((item) => {
      const { value } = item;
      const text = typeof value === 'number' ? String(value) : value;
      const port = typeof text === 'string' ? parsePolicyPort(text) : undefined;
      if (port !== undefined && (typeof port === 'string' || port.first >= 1)) return port;
      item.invalid(`${show(value)} is no port`, 'a number from 1 to 65535, a range A:B or a name');
      return undefined;
    })
    .filter((port) => port !== undefined);

const readServiceAccounts = (
  field: Field,
  context: ReadContext,
): CalicoEntity['serviceAccounts'] => {
  if (field.absent) return undefined;
  const accounts = field.object();
  checkMembers(accounts, ['names', 'selector'], context);
  const names = accounts.at('names').items();
  checkDuplicates(names);
  const selector = readPlainSelector(accounts.at('selector'));
  return {
    names: names.map((name) => name.text()).filter((name) => name !== undefined),
    ...(selector === undefined ? {} : { selector }),
  };
};

const readServices = (
  field: Field,
  namespace: string | undefined,
  context: ReadContext,
): CalicoEntity['services'] => {
  if (field.absent) return undefined;
  const services = field.object();
  checkMembers(services, ['name', 'namespace'], context);
  const name = readName(services.at('name'));
  const ofNamespace = readName(services.at('namespace')) ?? namespace;
  if (ofNamespace === undefined) {
    const expected = 'a namespace: the policy is in none';
    services.at('namespace').required('must specify a namespace', expected);
  }
  return name === undefined || ofNamespace === undefined
    ? undefined
    : { namespace: ofNamespace, name };
};

const readName = (field: Field): string | undefined => {
  const name = field.text();
  const fault = name === undefined ? undefined : dnsSubdomainFault(name);
  if (fault !== undefined) field.invalid(fault.reason, fault.expected);
  return name;
};

/** What a Service's endpoints are, the rule may not say again. */
const checkServices = (entity: Field): void => {
  const services = entity.at('services');
  if (services.absent) return;
  if (services.at('name').text() === undefined) {
    services.at('name').required('must specify a service name', 'the name of a Service');
  }
  const clashing = [
    'namespaceSelector',
    'selector',
    'notSelector',
    'serviceAccounts',
    'nets',
    'notNets',
  ];
  for (const key of clashing) {
    const other = entity.at(key);
    const given = Array.isArray(other.value) ? other.value.length > 0 : other.value !== '';
    if (other.absent || !given) continue;
    services.report(
      'FieldValueForbidden',
      `cannot specify ${key} and services on the same rule`,
      `services without ${key}`,
    );
  }
};
