import type { HostEndpoint } from '../../calico/objects.ts';
import type { ContainerPort } from '../../objects.ts';
import { readIp } from '../address.ts';
import type { ReadContext } from '../context.ts';
import type { Field } from '../field.ts';
import { checkDuplicates, checkMembers } from '../known-members.ts';
import { readMetadata } from '../metadata.ts';
import { HIGHEST_PORT, PROTOCOLS, readPortName } from '../pod-spec.ts';

const INTERFACE = /^(\*|[a-zA-Z0-9_.-]{1,15})$/;

/** Source followed: hostendpoint.go of Calico's API with its CEL rules. */
export const readHostEndpoint = (root: Field, context: ReadContext): HostEndpoint => {
  const { name, labels } = readMetadata(root);
  const spec = root.at('spec').object();
  checkMembers(spec, ['node', 'interfaceName', 'expectedIPs', 'profiles', 'ports'], context);
  const node = spec.at('node').text();
  if (node === undefined) spec.invalid('node must be specified', 'the name of a node');
  const interfaceName = spec.at('interfaceName').text();
  if (interfaceName !== undefined && !INTERFACE.test(interfaceName)) {
    const expected = '* or the name of an interface, at most 15 characters';
    spec.at('interfaceName').invalid(`${interfaceName} is no name of an interface`, expected);
  }
  const addresses = spec.at('expectedIPs').items();
  checkDuplicates(addresses);
  if (interfaceName === undefined && addresses.length === 0) {
    const reason = 'at least one of interfaceName or expectedIPs must be specified';
    spec.invalid(reason, 'an interface or addresses');
  }
  const profiles = spec.at('profiles').items();
  checkDuplicates(profiles);
  const source = context.sourceOf([]);
  return {
    name,
    labels,
    node: node ?? '',
    ...(interfaceName === undefined ? {} : { interfaceName }),
    expectedIps: addresses.map(readIp).filter((ip) => ip !== undefined),
    profiles: profiles.map((item) => item.text()).filter((profile) => profile !== undefined),
    ports: spec
      .at('ports')
      .items()
      .map((port) => readPort(port, context))
      .filter((port) => port !== undefined),
    ...(source === undefined ? {} : { source }),
  };
};

const readPort = (field: Field, context: ReadContext): ContainerPort | undefined => {
  const entry = field.object();
  checkMembers(entry, ['name', 'protocol', 'port'], context);
  const name = readPortName(entry.at('name'));
  if (name === undefined) entry.at('name').required('there is no name', 'a name');
  if (entry.at('protocol').absent) {
    entry.at('protocol').required('there is no protocol', PROTOCOLS.join(' or '));
  }
  const protocol = entry.at('protocol').oneOf(PROTOCOLS);
  const number = entry.at('port');
  if (number.absent) number.required('there is no port', `a number between 1 and ${HIGHEST_PORT}`);
  const port = number.integerWithin(1, HIGHEST_PORT);
  return name === undefined || protocol === undefined || port === undefined
    ? undefined
    : { name, protocol, port };
};
