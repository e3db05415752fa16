import { parseInterfaceAddress, parseIp, parseMac, parsePrefix } from '@podpath/net';
import type { Command } from './commands.ts';
import { createNetwork } from './create-network.ts';
import type { Network } from './network.ts';

export const VTEP = { 1: parseMac('02:00:00:00:00:01'), 2: parseMac('02:00:00:00:00:02') } as const;

/** Two nodes on a switch, each with a bridge and one pod, and VXLAN between them as Flannel sets it up. */
export function twoNodes(): Network {
  const network = createNetwork();
  network.addNamespace('underlay');
  const apply = (namespace: string, commands: readonly Command[]) =>
    network.apply({ namespace, commands });
  apply('underlay', [
    { kind: 'link-add', type: 'bridge', name: 'switch0' },
    { kind: 'link-set', dev: 'switch0', up: true },
  ]);
  for (const node of [1, 2] as const) {
    const other = node === 1 ? 2 : 1;
    const name = `node${node}`;
    const pod = `pod${node}`;
    network.addNamespace(name);
    network.addNamespace(pod);
    apply('underlay', [
      {
        kind: 'link-add',
        type: 'veth',
        name: `port${node}`,
        peer: { name: 'eth0', namespace: name },
      },
      { kind: 'link-set', dev: `port${node}`, master: 'switch0', up: true },
    ]);
    apply(name, [
      { kind: 'link-set', dev: 'lo', up: true },
      { kind: 'link-set', dev: 'eth0', up: true },
      { kind: 'address-add', dev: 'eth0', address: parseInterfaceAddress(`192.0.2.1${node}/24`) },
      { kind: 'sysctl', key: 'net.ipv4.ip_forward', value: 1 },
      {
        kind: 'link-add',
        type: 'vxlan',
        name: 'flannel.1',
        vni: 1,
        local: parseIp(`192.0.2.1${node}`),
        dev: 'eth0',
        port: 8472,
        learning: false,
        mac: VTEP[node],
      },
      {
        kind: 'address-add',
        dev: 'flannel.1',
        address: parseInterfaceAddress(`10.244.${node}.0/32`),
      },
      { kind: 'link-set', dev: 'flannel.1', up: true },
      {
        kind: 'neighbour-replace',
        dev: 'flannel.1',
        address: parseIp(`10.244.${other}.0`),
        mac: VTEP[other],
        state: 'permanent',
      },
      {
        kind: 'fdb-append',
        dev: 'flannel.1',
        mac: VTEP[other],
        dst: parseIp(`192.0.2.1${other}`),
        life: 'permanent',
      },
      {
        kind: 'route-replace',
        route: {
          dst: parsePrefix(`10.244.${other}.0/24`),
          via: parseIp(`10.244.${other}.0`),
          dev: 'flannel.1',
          onlink: true,
        },
      },
      { kind: 'link-add', type: 'bridge', name: 'cni0', mtuBytes: 1450 },
      { kind: 'link-set', dev: 'cni0', up: true },
      { kind: 'address-add', dev: 'cni0', address: parseInterfaceAddress(`10.244.${node}.1/24`) },
      {
        kind: 'link-add',
        type: 'veth',
        name: 'veth0',
        mtuBytes: 1450,
        peer: { name: 'eth0', namespace: pod, mtuBytes: 1450 },
      },
      { kind: 'link-set', dev: 'veth0', master: 'cni0', hairpin: true, up: true },
    ]);
    apply(pod, [
      { kind: 'link-set', dev: 'eth0', up: true },
      { kind: 'address-add', dev: 'eth0', address: parseInterfaceAddress(`10.244.${node}.2/24`) },
      {
        kind: 'route-add',
        route: { dst: parsePrefix('0.0.0.0/0'), via: parseIp(`10.244.${node}.1`) },
      },
    ]);
  }
  return network;
}
