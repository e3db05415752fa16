import type { Command } from '@podpath/linux';
import type { Ip, IpFamily, Prefix } from '@podpath/net';
import { type Lease, vxlanDevice } from './leases.ts';
import type { VxlanOptions } from './options.ts';

/** Ethernet 14, IP 20 or 40, UDP 8 and VXLAN 8 bytes. */
const ENCAPSULATION_BYTES = { 4: 50, 6: 70 } as const;

/** Takes off what IPv4 costs in both families: an IPv6 packet of full size is 20 bytes too long when it is encapsulated. */
export const deviceMtuBytes = (options: VxlanOptions): number =>
  options.mtuBytes - ENCAPSULATION_BYTES[4];

/** What a packet between pods on different nodes carries on top; in a dual-stack cluster, an IPv4 packet. */
export function overheadBytes(leases: readonly Lease[], options: VxlanOptions): number {
  if (options.directRouting && leases.every((lease) => lease.onLink)) return 0;
  return ENCAPSULATION_BYTES[leases.some((lease) => lease.family === 4) ? 4 : 6];
}

const UNDERLAY_DEVICE = 'eth0';

/** The node's own device and its address, the first of the subnet: the source of what the node sends to pods elsewhere. */
export function deviceCommands(own: Lease, options: VxlanOptions): readonly Command[] {
  const dev = vxlanDevice(own.family, options.vni);
  return [
    {
      kind: 'link-add',
      type: 'vxlan',
      name: dev,
      mac: own.vtepMac,
      mtuBytes: deviceMtuBytes(options),
      vni: options.vni,
      local: own.publicIp,
      dev: UNDERLAY_DEVICE,
      port: options.port,
      learning: options.learning,
    },
    { kind: 'sysctl', key: `net.ipv6.conf.${dev.replaceAll('.', '/')}.accept_ra`, value: 0 },
    { kind: 'address-add', dev, address: host(own.subnet.address, own.family) },
    { kind: 'link-set', dev, up: true },
  ];
}

/**
 * What a node programs for another node's lease, in flannel's order: neighbour, FDB, route. With direct
 * routing and both nodes on one link, only a route to the node itself.
 */
export function leaseCommands(
  own: Lease,
  remote: Lease,
  options: VxlanOptions,
): readonly Command[] {
  const { subnet, publicIp, vtepMac } = remote;
  if (options.directRouting && own.onLink && remote.onLink) {
    return [{ kind: 'route-replace', route: { dst: subnet, via: publicIp } }];
  }
  const dev = vxlanDevice(own.family, options.vni);
  return [
    {
      kind: 'neighbour-replace',
      dev,
      address: subnet.address,
      mac: vtepMac,
      state: 'permanent',
    },
    { kind: 'fdb-replace', dev, mac: vtepMac, dst: publicIp, life: 'permanent' },
    {
      kind: 'route-replace',
      route: { dst: subnet, via: subnet.address, dev, onlink: true, scope: 'global' },
    },
  ];
}

const host = (address: Ip, family: IpFamily): Prefix => ({
  address,
  length: family === 4 ? 32 : 128,
});
