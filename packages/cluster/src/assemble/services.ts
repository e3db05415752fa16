import {
  addToIp,
  familyOf,
  formatPrefix,
  type Ip,
  type IpFamily,
  type Prefix,
  parsePrefix,
  prefixContains,
} from '@podpath/net';
import type { Service, ServicePort } from '../objects.ts';
import type { ServiceInput } from '../read/inventory.ts';
import { countOf } from './count-of.ts';
import { coverOf, widen } from './prefix-cover.ts';
import { sizeOf } from './prefix-size.ts';

const NETWORKS: Readonly<Record<IpFamily, Prefix>> = {
  4: parsePrefix('10.96.0.0/12'),
  6: parsePrefix('fd00:10:96::/112'),
};

/** A network around cluster IPs of the input is taken to be at least this wide. */
const NARROWEST: Readonly<Record<IpFamily, number>> = { 4: 16, 6: 112 };

const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;

/** Offsets in a Service network that control planes give to these Services by custom. */
const CUSTOMARY = new Map([
  ['default/kubernetes', 1],
  ['kube-system/kube-dns', 10],
]);

/** Dynamic addresses start behind the band that is kept for addresses chosen by hand. */
const FIRST_DYNAMIC = 257;

export interface AllocatedServices {
  readonly services: readonly Service[];
  readonly networks: readonly Prefix[];
}

/** Gives Services the cluster IPs and node ports that a control plane would have allocated. */
export const allocateServices = (
  inputs: readonly ServiceInput[],
  families: readonly IpFamily[],
  notes: string[],
): AllocatedServices => {
  const given = inputs.flatMap(({ service }) => service.clusterIps);
  const networks = new Map(families.map((family) => [family, networkOf(family, given)]));
  const addresses = new Map(
    [...networks].map(([family, network]) => [family, new ClusterIps(network, new Set(given))]),
  );
  const ports = new NodePorts(inputs);
  let madeUp = 0;
  const services = inputs.map((input): Service => {
    const withPorts = ports.allocate(input);
    const needsIp = withPorts.clusterIps.length === 0 && !withPorts.headless;
    if (!needsIp || withPorts.type === 'ExternalName') return withPorts;
    const key = `${withPorts.namespace}/${withPorts.name}`;
    const clusterIps = familiesFor(input, families).flatMap(
      (family) => addresses.get(family)?.draw(key) ?? [],
    );
    madeUp += 1;
    return { ...withPorts, clusterIps, clusterIpSource: 'made-up' };
  });
  if (madeUp > 0) {
    const inside = [...networks.values()].map(formatPrefix).join(' and ');
    notes.push(`Made up cluster IPs of ${countOf(madeUp, 'Service')} inside ${inside}.`);
  }
  const without = services.filter((service, index) => isLacking(service, inputs[index]));
  if (without.length > 0) {
    notes.push(`Cluster IPs or node ports have run out for ${countOf(without.length, 'Service')}.`);
  }
  return { services, networks: [...networks.values()] };
};

const isLacking = (service: Service, input: ServiceInput | undefined): boolean => {
  const needsIp = service.type !== 'ExternalName' && !service.headless;
  if (needsIp && service.clusterIps.length === 0) return true;
  return (
    input?.wantsNodePorts === true && service.ports.some((port) => port.nodePort === undefined)
  );
};

const networkOf = (family: IpFamily, given: readonly Ip[]): Prefix => {
  const usual = NETWORKS[family];
  const outside = given.filter((ip) => familyOf(ip) === family);
  if (outside.every((ip) => prefixContains(usual, ip))) return usual;
  const hosts = outside.map((address): Prefix => ({ address, length: family === 4 ? 32 : 128 }));
  return widen(coverOf(hosts), NARROWEST[family]);
};

/** Families of a Service's cluster IPs: those it names, else the cluster's first, or all on request. */
const familiesFor = (
  { families: named, familyPolicy }: ServiceInput,
  available: readonly IpFamily[],
): readonly IpFamily[] => {
  const wanted = named.filter((family) => available.includes(family));
  const [first = 4] = wanted.length > 0 ? wanted : available;
  if (familyPolicy === 'SingleStack') return wanted.length > 1 ? wanted : [first];
  return [first, ...available.filter((family) => family !== first)];
};

class ClusterIps {
  readonly #network: Prefix;
  readonly #taken: Set<Ip>;
  #offset = FIRST_DYNAMIC;

  constructor(network: Prefix, taken: Set<Ip>) {
    this.#network = network;
    this.#taken = taken;
  }

  draw(key: string): Ip[] {
    const customary = CUSTOMARY.get(key);
    if (customary !== undefined) {
      const ip = addToIp(this.#network.address, customary);
      if (!this.#taken.has(ip)) return this.#take(ip);
    }
    while (this.#offset < sizeOf(this.#network)) {
      const ip = addToIp(this.#network.address, this.#offset);
      this.#offset += 1;
      if (!this.#taken.has(ip)) return this.#take(ip);
    }
    return [];
  }

  #take(ip: Ip): Ip[] {
    this.#taken.add(ip);
    return [ip];
  }
}

class NodePorts {
  readonly #taken: Set<number>;
  #next = FIRST_NODE_PORT;

  constructor(inputs: readonly ServiceInput[]) {
    this.#taken = new Set(
      inputs.flatMap(({ service }) => [
        ...service.ports.flatMap(({ nodePort }) => nodePort ?? []),
        ...(service.healthCheckNodePort === undefined ? [] : [service.healthCheckNodePort]),
      ]),
    );
  }

  allocate({ service, wantsNodePorts, wantsHealthCheckPort }: ServiceInput): Service {
    const ports = wantsNodePorts
      ? service.ports.map((port) => this.#withNodePort(port))
      : service.ports;
    const health = wantsHealthCheckPort ? this.#draw() : undefined;
    return { ...service, ports, ...(health === undefined ? {} : { healthCheckNodePort: health }) };
  }

  #withNodePort(port: ServicePort): ServicePort {
    if (port.nodePort !== undefined) return port;
    const nodePort = this.#draw();
    return nodePort === undefined ? port : { ...port, nodePort };
  }

  #draw(): number | undefined {
    while (this.#taken.has(this.#next)) this.#next += 1;
    if (this.#next > LAST_NODE_PORT) return undefined;
    this.#next += 1;
    return this.#next - 1;
  }
}
