import { compareIps, formatIp, formatMac } from '@podpath/net';
import type { Namespace } from '../namespace.ts';
import type { Neighbour } from '../neighbours/neighbour-table.ts';
import { age } from '../neighbours/resolution.ts';
import { devicesOf } from './device-facts.ts';

/**
 * `ip -json neigh`, in the order of addresses, as the kernel's own order is that of its hash. Entries without ARP are
 * among them, which `ip` shows only when asked for: here none are but those that somebody made.
 */
export function neighbourEntries(namespace: Namespace): readonly object[] {
  return [...namespace.neighbours].sort(byAddress).map((neighbour) => {
    age(namespace, neighbour);
    const { address, device, mac, state } = neighbour;
    return {
      dst: formatIp(address),
      dev: device.name,
      lladdr: mac === undefined ? undefined : formatMac(mac),
      state: [state.toUpperCase()],
    };
  });
}

/** `ip -json neigh show proxy` */
export const proxyEntries = (namespace: Namespace): readonly object[] =>
  devicesOf(namespace)
    .flatMap((device) =>
      [...namespace.neighbours.proxiedBy(device)].map((address) => ({ address, device })),
    )
    .sort(byAddress)
    .map(({ address, device }) => ({ dst: formatIp(address), dev: device.name, proxy: null }));

const byAddress = (
  a: Pick<Neighbour, 'address' | 'device'>,
  b: Pick<Neighbour, 'address' | 'device'>,
): number => compareIps(a.address, b.address) || a.device.index - b.device.index;
