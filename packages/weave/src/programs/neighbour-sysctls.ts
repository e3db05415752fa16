import type { SysctlSet } from '@podpath/linux';

/** Makes a device notice soon that an address has moved to another MAC address (weave, net/arp.go). */
export const quickNeighbours = (dev: string): SysctlSet[] =>
  Object.entries({ base_reachable_time: 5, delay_first_probe_time: 2, ucast_solicit: 1 }).map(
    ([name, value]) => ({ kind: 'sysctl', key: `net.ipv4.neigh.${dev}.${name}`, value }),
  );

export const refuseRouters = (dev: string): SysctlSet => ({
  kind: 'sysctl',
  key: `net.ipv6.conf.${dev}.accept_ra`,
  value: 0,
});
