import type { Cluster, Node } from '@podpath/cluster';
import type { Underlay } from '@podpath/cni';
import type { Command, RouteSpec } from '@podpath/linux';
import { familyOf, type Ip, type IpFamily, type Prefix, prefixContains } from '@podpath/net';
import { VXLAN_DEVICE } from '../chains/static-chain-names.ts';
import type { AddressPlan } from '../ipam/address-plan.ts';
import { bitsOf, type IpPool } from '../ipam/ip-pool.ts';
import { vxlanMac } from '../names/vxlan-mac.ts';
import type { CalicoOptions } from '../options.ts';
import { nodeAddress } from './calico-plan.ts';
import { deviceMtuBytes } from './mtu.ts';

/** Felix marks its routes with this protocol number. */
const FELIX_PROTOCOL = '80';

/** Prefixes that lead to a node: its blocks, and addresses that it borrowed. */
interface Destination {
  readonly dst: Prefix;
  readonly pool: IpPool;
}

/**
 * How the nodes of a cluster reach each other's pods: one VXLAN device a family, with a permanent neighbour
 * and FDB entry for every other node, so that nothing is ever flooded or asked for, and a route per block.
 * What leads to a node is the same on every other one, and made once.
 */
export class VxlanRoutes {
  readonly #cluster: Cluster;
  readonly #addresses: AddressPlan;
  readonly #options: CalicoOptions;
  readonly #underlay: Underlay;
  readonly #destinations = new Map<string, Destination[]>();
  readonly #towards = new Map<string, readonly Command[]>();

  constructor(
    cluster: Cluster,
    addresses: AddressPlan,
    options: CalicoOptions,
    underlay: Underlay,
  ) {
    this.#cluster = cluster;
    this.#addresses = addresses;
    this.#options = options;
    this.#underlay = underlay;
    for (const { cidr, node, pool } of addresses.blocks) this.#lead(node, { dst: cidr, pool });
    for (const { address, node, pool } of addresses.borrowed) {
      this.#lead(node, { dst: hostPrefix(address), pool });
    }
  }

  /** A node's VXLAN devices, its ways to all other nodes, and the ends of its own blocks. */
  commands(node: Node, families: readonly IpFamily[]): readonly Command[] {
    const joined = families.filter((family) => this.tunnelOf(node, family) !== undefined);
    return [
      ...joined.flatMap((family) => this.#device(node, family)),
      ...joined.flatMap((family) =>
        [...this.#cluster.nodes.values()].flatMap((remote) =>
          remote === node ? [] : this.#towardsNode(remote, family),
        ),
      ),
      ...this.#blackholes(node),
    ];
  }

  /** The address of a node's VXLAN device, when it can have one: the node needs an address for its outer packets. */
  tunnelOf(node: Node, family: IpFamily): Ip | undefined {
    return nodeAddress(node, family) === undefined
      ? undefined
      : this.#addresses.tunnels.get(node.name)?.get(family);
  }

  #device(node: Node, family: IpFamily): readonly Command[] {
    const name = VXLAN_DEVICE[family];
    const local = nodeAddress(node, family);
    const tunnel = this.tunnelOf(node, family);
    if (local === undefined || tunnel === undefined) return [];
    return [
      {
        kind: 'link-add',
        type: 'vxlan',
        name,
        mac: vxlanMac(node.name, family),
        mtuBytes: deviceMtuBytes(family, this.#options.mtuBytes),
        vni: this.#options.vxlanVni,
        local,
        dev: 'eth0',
        port: this.#options.vxlanPort,
        learning: false,
      },
      { kind: 'address-add', dev: name, address: hostPrefix(tunnel) },
      { kind: 'link-set', dev: name, up: true },
    ];
  }

  #towardsNode(remote: Node, family: IpFamily): readonly Command[] {
    const key = `${family} ${remote.name}`;
    let commands = this.#towards.get(key);
    if (commands === undefined) {
      commands = [...this.#vtep(remote, family), ...this.#routes(remote, family)];
      this.#towards.set(key, commands);
    }
    return commands;
  }

  /** The other end of the tunnel, made known beforehand: VXLAN without learning finds nothing by itself. */
  #vtep(remote: Node, family: IpFamily): readonly Command[] {
    const dev = VXLAN_DEVICE[family];
    const underlay = nodeAddress(remote, family);
    const tunnel = this.tunnelOf(remote, family);
    if (underlay === undefined || tunnel === undefined) return [];
    const mac = vxlanMac(remote.name, family);
    return [
      { kind: 'neighbour-replace', dev, address: tunnel, mac, state: 'permanent' },
      { kind: 'fdb-replace', dev, mac, dst: underlay, life: 'permanent' },
    ];
  }

  #routes(remote: Node, family: IpFamily): readonly Command[] {
    const underlay = nodeAddress(remote, family);
    const tunnel = this.tunnelOf(remote, family);
    if (underlay === undefined) return [];
    const destinations = (this.#destinations.get(remote.name) ?? []).filter(
      ({ dst }) => familyOf(dst.address) === family,
    );
    return destinations.flatMap(({ dst, pool }): readonly Command[] => {
      if (pool.vxlanMode === 'CrossSubnet' && this.#underlay.contains(underlay)) {
        return [felixRoute({ dst, via: underlay, dev: 'eth0', onlink: true })];
      }
      if (tunnel === undefined) return [];
      const dev = VXLAN_DEVICE[family];
      const mtuBytes = deviceMtuBytes(family, this.#options.mtuBytes);
      // A route to the tunnel's own address cannot lead through it.
      return isHost(dst) && prefixContains(dst, tunnel)
        ? [felixRoute({ dst, dev, scope: 'link' })]
        : [felixRoute({ dst, via: tunnel, dev, onlink: true, mtuBytes })];
    });
  }

  /** What is sent to an address of the node's own blocks that no pod has goes no further. */
  #blackholes(node: Node): readonly Command[] {
    return this.#addresses.blocks
      .filter((block) => block.node === node.name && !isHost(block.cidr))
      .map(({ cidr }) => felixRoute({ type: 'blackhole', dst: cidr }));
  }

  #lead(node: string, destination: Destination): void {
    const known = this.#destinations.get(node);
    if (known === undefined) this.#destinations.set(node, [destination]);
    else known.push(destination);
  }
}

const felixRoute = (route: RouteSpec): Command => ({
  kind: 'route-replace',
  route: { ...route, protocol: FELIX_PROTOCOL },
});

const hostPrefix = (address: Ip): Prefix => ({ address, length: bitsOf(familyOf(address)) });

const isHost = ({ address, length }: Prefix): boolean => length === bitsOf(familyOf(address));
