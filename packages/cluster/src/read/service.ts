import { type Ip, type IpFamily, parsePrefix, prefixContains } from '@podpath/net';
import type { Labels, Service } from '../objects.ts';
import { oneOfEachFamily, readIp, readPrefix } from './address.ts';
import type { ReadContext } from './context.ts';
import { type Field, show } from './field.ts';
import type { ServiceInput } from './inventory.ts';
import { readLabels } from './labels.ts';
import { readMetadata, readNamespaceName } from './metadata.ts';
import { dnsSubdomainFault, serviceNameFault } from './names.ts';
import { readServicePorts } from './service-ports.ts';

const TYPES: readonly Service['type'][] = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'];
const POLICIES: readonly ('Cluster' | 'Local')[] = ['Cluster', 'Local'];
const DEFAULT_AFFINITY_SECONDS = 10_800;
const DAY_SECONDS = 86_400;

/** Reads, validates and defaults a Service. What the control plane would allocate is left to be made up. */
export const readService = (root: Field, context: ReadContext): ServiceInput => {
  const { name, labels } = readMetadata(root, serviceNameFault);
  const spec = root.at('spec').object();
  const type = spec.at('type').oneOf(TYPES) ?? 'ClusterIP';
  const isExternalName = type === 'ExternalName';
  const headless = !isExternalName && readHeadless(spec, type);
  const ports = readServicePorts(spec.at('ports'), type, headless);
  const externalIps = readExternalIps(spec.at('externalIPs'));
  const isBalanced = type === 'LoadBalancer';
  const isExternal = isBalanced || type === 'NodePort' || externalIps.length > 0;
  const external = readPolicy(spec.at('externalTrafficPolicy'), isExternal);
  const clusterIps = isExternalName || headless ? [] : readClusterIps(spec);
  const healthCheckNodePort = readHealthCheckPort(spec, isBalanced && external === 'Local');
  const source = context.sourceOf([]);
  const service: Service = {
    namespace: readNamespaceName(root, context.defaultNamespace),
    name,
    labels,
    type,
    clusterIps,
    clusterIpSource: 'input',
    headless,
    ...(isExternalName ? readExternalName(spec.at('externalName')) : {}),
    ...readSelector(spec.at('selector'), isExternalName),
    ports,
    externalIps,
    loadBalancerIps: isBalanced ? readBalancerIps(root) : [],
    loadBalancerSourceRanges: readSourceRanges(spec.at('loadBalancerSourceRanges'), isBalanced),
    externalTrafficPolicy: external,
    internalTrafficPolicy: spec.at('internalTrafficPolicy').oneOf(POLICIES) ?? 'Cluster',
    ...readAffinity(spec),
    publishNotReadyAddresses: spec.at('publishNotReadyAddresses').boolean() ?? false,
    ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }),
    ...(source === undefined ? {} : { source }),
  };
  const allocates = spec.at('allocateLoadBalancerNodePorts').boolean() ?? true;
  return {
    service,
    families: readFamilies(spec),
    familyPolicy:
      spec.at('ipFamilyPolicy').oneOf(['SingleStack', 'PreferDualStack', 'RequireDualStack']) ??
      'SingleStack',
    wantsNodePorts: type === 'NodePort' || (isBalanced && allocates),
    wantsHealthCheckPort: isBalanced && external === 'Local' && healthCheckNodePort === undefined,
  };
};

const readHeadless = (spec: Field, type: Service['type']): boolean => {
  const [first = spec.at('clusterIP')] = spec.at('clusterIPs').items();
  const headless = spec.at('clusterIP').value === 'None' || first.value === 'None';
  if (headless && type !== 'ClusterIP') {
    first.invalid(`a Service of type ${type} is headless`, 'None only with type ClusterIP');
  }
  return headless;
};

const readClusterIps = (spec: Field): readonly Ip[] => {
  const single = spec.at('clusterIP');
  const list = spec.at('clusterIPs').items();
  const fields = list.length > 0 ? list : [single];
  const ips = fields.map(readIp).filter((ip) => ip !== undefined);
  const kept = oneOfEachFamily(ips, (ip) => ip);
  if (kept.length < ips.length) {
    spec.at('clusterIPs').invalid('addresses of the same family', 'at most one of each family');
  }
  const [first] = list;
  if (first !== undefined && !single.absent && readIp(single) !== ips[0]) {
    first.invalid(`${show(first.value)} differs from clusterIP`, show(single.value));
  }
  return kept;
};

const readFamilies = (spec: Field): IpFamily[] =>
  spec
    .at('ipFamilies')
    .items()
    .flatMap((item): IpFamily[] => {
      const family = item.oneOf(['IPv4', 'IPv6']);
      return family === undefined ? [] : [family === 'IPv4' ? 4 : 6];
    });

const readExternalName = (field: Field): Pick<Service, 'externalName'> => {
  const name = field.text()?.replace(/\.$/, '');
  if (name === undefined) {
    field.required('an ExternalName Service has no externalName', 'a DNS name');
    return {};
  }
  const fault = dnsSubdomainFault(name);
  if (fault !== undefined) field.invalid(fault.reason, fault.expected);
  return { externalName: name };
};

/** No selector and an empty one are the same: endpoints are managed by hand. */
const readSelector = (field: Field, isExternalName: boolean): { selector?: Labels } => {
  const selector = readLabels(field);
  return isExternalName || Object.keys(selector).length === 0 ? {} : { selector };
};

const readPolicy = (field: Field, allowed: boolean): 'Cluster' | 'Local' => {
  const policy = field.value === '' ? undefined : field.oneOf(POLICIES);
  if (policy !== undefined && !allowed) {
    const reason = `${policy} is set on a Service that nothing outside the cluster can reach`;
    field.invalid(reason, 'it only with NodePort, LoadBalancer or externalIPs');
  }
  return policy ?? 'Cluster';
};

const readHealthCheckPort = (spec: Field, allowed: boolean): number | undefined => {
  const field = spec.at('healthCheckNodePort');
  const port = field.integerWithin(0, 65_535) || undefined;
  if (port !== undefined && !allowed) {
    const reason = `${port} is set although there is no health check`;
    field.invalid(reason, 'it only with LoadBalancer and externalTrafficPolicy Local');
  }
  return port;
};

/** Addresses that no machine outside could be reached at. */
const UNUSABLE = ['0.0.0.0/32', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/24'].map(parsePrefix);
const UNUSABLE_6 = ['::/128', '::1/128', 'fe80::/10', 'ff02::/16'].map(parsePrefix);

const readExternalIps = (field: Field): readonly Ip[] =>
  field.items().flatMap((item) => {
    const ip = readIp(item);
    if (ip === undefined) return [];
    if ([...UNUSABLE, ...UNUSABLE_6].some((prefix) => prefixContains(prefix, ip))) {
      const reason = `${show(item.value)} is unspecified, loopback, link-local or multicast`;
      item.invalid(reason, 'an address that other machines can reach');
    }
    return [ip];
  });

const readBalancerIps = (root: Field): readonly Ip[] => {
  const balancer = root.at('status').object().at('loadBalancer').object();
  return balancer
    .at('ingress')
    .items()
    .flatMap((item) => {
      const entry = item.object();
      // In mode Proxy the balancer's address is not handled on nodes.
      if (entry.at('ipMode').value === 'Proxy') return [];
      return readIp(entry.at('ip')) ?? [];
    });
};

const readSourceRanges = (
  field: Field,
  isBalanced: boolean,
): Service['loadBalancerSourceRanges'] => {
  const items = field.items();
  if (items.length > 0 && !isBalanced) {
    const reason = 'source ranges are set on a Service that is no LoadBalancer';
    field.report('FieldValueForbidden', reason, 'them only with type LoadBalancer');
  }
  return items.map((item) => readPrefix(item)).filter((prefix) => prefix !== undefined);
};

const readAffinity = (spec: Field): Pick<Service, 'sessionAffinitySeconds'> => {
  const affinity = spec.at('sessionAffinity').oneOf(['None', 'ClientIP']) ?? 'None';
  const config = spec.at('sessionAffinityConfig');
  if (affinity === 'None') {
    if (!config.absent) {
      const reason = 'it is set although sessionAffinity is None';
      config.report('FieldValueForbidden', reason, 'it only with ClientIP');
    }
    return {};
  }
  const seconds = config.object().at('clientIP').object().at('timeoutSeconds');
  return {
    sessionAffinitySeconds: seconds.integerWithin(1, DAY_SECONDS) ?? DEFAULT_AFFINITY_SECONDS,
  };
};
