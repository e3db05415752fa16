import { formatIp, formatMac } from '@podpath/net';
import type { FdbLife } from '../commands.ts';
import { Bridge } from '../devices/bridge.ts';
import { Vxlan } from '../devices/vxlan.ts';
import type { Namespace } from '../namespace.ts';
import { devicesOf } from './device-facts.ts';

/**
 * `bridge -json fdb`, less the groups that devices listen to. A bridge's entries stand together, under the port that
 * each leads to; those of one device are in the order in which they came, as the kernel's is that of its hash.
 */
export function fdbEntries(namespace: Namespace): readonly object[] {
  const now = namespace.nowMs;
  return devicesOf(namespace).flatMap((device): readonly object[] => {
    if (device instanceof Bridge) {
      return [...device.fdb.entries(now)].map(({ mac, port, life }) => ({
        mac: formatMac(mac),
        ifname: (port?.device ?? device).name,
        flags: [],
        master: device.name,
        state: stateOf(life),
      }));
    }
    if (!(device instanceof Vxlan)) return [];
    return [...device.fdb.entries(now)].flatMap(({ mac, remotes, life }) =>
      remotes.map((remote) => ({
        mac: formatMac(mac),
        ifname: device.name,
        dst: formatIp(remote),
        flags: ['self'],
        state: stateOf(life),
      })),
    );
  });
}

const stateOf = (life: FdbLife): string => (life === 'dynamic' ? '' : life);
