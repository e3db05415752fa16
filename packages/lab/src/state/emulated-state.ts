import type { Network } from '@podpath/linux';
import { formatIp, formatMac, formatPrefix } from '@podpath/net';
import { conntrackLines } from './conntrack-lines.ts';
import {
  ipsetLines,
  type NamespaceState,
  nftLines,
  type StateWish,
  saveLines,
} from './namespace-state.ts';

/** What an emulated namespace came to, in the words of `readKernelStates`. */
export function emulatedState(network: Network, wish: StateWish): NamespaceState {
  const view = network.namespace(wish.namespace);
  const devices = view.devices();
  return {
    links: devices
      .map(({ name, up, carrier, mtuBytes, master, mac }) =>
        [
          name,
          up ? 'up' : 'down',
          up && carrier ? 'carrier' : 'no-carrier',
          `mtu ${mtuBytes}`,
          ...(master === undefined ? [] : [`master ${master}`]),
          formatMac(mac),
        ].join(' '),
      )
      .sort(),
    addresses: devices
      .flatMap(({ name, addresses }) => addresses.map((each) => `${name} ${formatPrefix(each)}`))
      .sort(),
    routes: wish.tables.flatMap((table) =>
      ([4, 6] as const).flatMap((family) =>
        family === 6 && !wish.ipv6
          ? []
          : view
              .ipRoute(family, table)
              .replaceAll(/\s+nexthop /g, ' nexthop ')
              .split('\n')
              .filter((line) => line.trim() !== '')
              .map((line) => `${table}: ${line.trim()}`),
      ),
    ),
    neighbours: view
      .neighbours()
      .filter(({ state }) => state !== 'noarp')
      .map(
        ({ device, address, mac, state }) =>
          `${device} ${formatIp(address)} ${mac === undefined ? 'unknown' : formatMac(mac)} ${state}`,
      )
      .sort(),
    fdb: wish.fdb
      ? view
          .fdb()
          .map(({ device, mac, dst, life }) =>
            [device, formatMac(mac), ...(dst === undefined ? [] : [formatIp(dst)]), life].join(' '),
          )
          .sort()
      : [],
    iptables: saveLines(view.netfilter.iptablesSave(4, { counters: true })),
    ip6tables: saveLines(view.netfilter.iptablesSave(6, { counters: true })),
    ipsets: ipsetLines(view.netfilter.ipsetSave()),
    nft: nftLines(view.netfilter.nftList()),
    conntrack: conntrackLines(view.netfilter.conntrackList()),
  };
}
