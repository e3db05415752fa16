import type { Command } from '@podpath/linux';
import {
  addToIp,
  familyOf,
  type Ip,
  type IpFamily,
  type Mac,
  type Prefix,
  parseIp,
} from '@podpath/net';
import type { ScenarioStep } from '../scenario/scenario.ts';
import type { Random } from './random.ts';

/** An address that the network under construction has. */
export interface PlacedAddress {
  readonly namespace: string;
  readonly device: string;
  readonly address: Ip;
  readonly length: number;
}

export interface PlacedDevice {
  readonly namespace: string;
  readonly name: string;
  readonly type: 'veth' | 'bridge' | 'vxlan';
}

/** An end of a cable. */
export interface Wire {
  readonly namespace: string;
  readonly device: string;
  readonly mac: Mac;
  readonly peerMac: Mac;
}

/** A network under construction: what has been put into it so far, for what comes after to refer to. */
export class Plan {
  readonly random: Random;
  /** Whether frames made by hand, and routes with several next hops, may be drawn. */
  readonly wild: boolean;
  readonly families: readonly IpFamily[];
  readonly namespaces: string[] = [];
  readonly devices: PlacedDevice[] = [];
  readonly wires: Wire[] = [];
  readonly addresses: PlacedAddress[] = [];
  readonly subnets: Prefix[] = [];
  readonly steps: ScenarioStep[] = [];
  /** What the scenario makes use of, to be counted. */
  readonly features = new Set<string>();
  /** Whether NAT may draw ports at random: then no rule may look closely at ports that it could have drawn. */
  readonly drawsPorts: boolean;
  #macs = 0;
  #ids = 0;

  constructor(random: Random, families: readonly IpFamily[], wild: boolean) {
    this.random = random;
    this.wild = wild;
    this.families = families;
    this.drawsPorts = random.chance(0.08);
  }

  use(feature: string): void {
    this.features.add(feature);
  }

  apply(namespace: string, ...commands: readonly Command[]): void {
    for (const command of commands) this.steps.push({ do: 'apply', namespace, command });
  }

  addNamespace(name: string): string {
    this.namespaces.push(name);
    return name;
  }

  /** The next of 02:00:00:00:00:01, :02, … */
  nextMac(): Mac {
    this.#macs++;
    return 0x0200_0000_0000 + this.#macs;
  }

  /** Identification of a packet made by hand. */
  nextId(): number {
    return ++this.#ids;
  }

  /** A cable between two namespaces, both ends up. */
  addVeth(
    near: readonly [string, string],
    far: readonly [string, string],
    mtuBytes?: number,
  ): void {
    const [namespace, name] = near;
    const [peerNamespace, peerName] = far;
    const mtu = mtuBytes === undefined ? {} : { mtuBytes };
    const [mac, peerMac] = [this.nextMac(), this.nextMac()];
    this.apply(namespace, {
      ...{ kind: 'link-add', type: 'veth', name, mac, ...mtu },
      peer: { name: peerName, namespace: peerNamespace, mac: peerMac, ...mtu },
    });
    this.wires.push(
      { namespace, device: name, mac, peerMac },
      { namespace: peerNamespace, device: peerName, mac: peerMac, peerMac: mac },
    );
    this.devices.push({ namespace, name, type: 'veth' });
    this.devices.push({ namespace: peerNamespace, name: peerName, type: 'veth' });
  }

  addBridge(namespace: string, name: string): void {
    this.apply(namespace, { kind: 'link-add', type: 'bridge', name, mac: this.nextMac() });
    this.devices.push({ namespace, name, type: 'bridge' });
    this.use('bridge');
  }

  setUp(namespace: string, ...names: readonly string[]): void {
    for (const dev of names) this.apply(namespace, { kind: 'link-set', dev, up: true });
  }

  addAddress(namespace: string, device: string, address: Ip, length: number): void {
    if (!this.families.includes(familyOf(address))) return;
    this.apply(namespace, { kind: 'address-add', dev: device, address: { address, length } });
    this.addresses.push({ namespace, device, address, length });
  }

  /** Host `host` of network `network`, in each family of the plan: 10.N.0.H/24 and fd00:N::H/64. */
  addHost(namespace: string, device: string, network: number, host: number): void {
    for (const family of this.families) {
      const [address, length] = hostOf(family, network, host);
      this.addAddress(namespace, device, address, length);
    }
    for (const family of this.families) {
      const [address, length] = hostOf(family, network, 0);
      if (!this.subnets.some((subnet) => subnet.address === address)) {
        this.subnets.push({ address, length });
      }
    }
  }

  addRoute(
    namespace: string,
    network: number | 'default',
    via: readonly [network: number, host: number],
  ): void {
    for (const family of this.families) {
      const [gateway] = hostOf(family, ...via);
      const [address, length] =
        network === 'default' ? [family === 4 ? 0 : 0n, 0] : hostOf(family, network, 0);
      this.apply(namespace, {
        kind: 'route-add',
        route: { dst: { address, length }, via: gateway },
      });
    }
  }

  devicesOf(namespace: string): readonly PlacedDevice[] {
    return this.devices.filter((device) => device.namespace === namespace);
  }

  addressesOf(family: IpFamily, namespace?: string): readonly PlacedAddress[] {
    return this.addresses.filter(
      (each) =>
        familyOf(each.address) === family &&
        (namespace === undefined || each.namespace === namespace),
    );
  }
}

const BASE = { 4: parseIp('10.0.0.0'), 6: parseIp('fd00::') } as const;

/** Host of a numbered network, with the network's prefix length. */
export function hostOf(family: IpFamily, network: number, host: number): readonly [Ip, number] {
  const offset = family === 4 ? network * 65_536 + host : (BigInt(network) << 96n) + BigInt(host);
  const base = BASE[family];
  if (typeof base === 'bigint') return [base + BigInt(offset), 64];
  return [addToIp(base, Number(offset)), 24];
}

/** An address that no device has but rules translate: 172.30.0.N, fd30::N. */
export const serviceAddress = (family: IpFamily, index: number): Ip =>
  addToIp(parseIp(family === 4 ? '172.30.0.0' : 'fd30::'), index);
