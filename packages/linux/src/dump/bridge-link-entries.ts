import type { Device } from '../core.ts';
import { Bridge } from '../devices/bridge.ts';
import { Veth } from '../devices/veth.ts';
import type { Namespace } from '../namespace.ts';
import { devicesOf, flagsOf } from './device-facts.ts';
import { portData } from './port-data.ts';

/** `bridge -json -details link`: ports of bridges. */
export const bridgeLinkEntries = (namespace: Namespace): readonly object[] =>
  devicesOf(namespace).flatMap((device) => {
    const { index, name, mtuBytes, master } = device;
    const port = master instanceof Bridge ? master.portOf(device) : undefined;
    if (master === undefined || port === undefined) return [];
    const { proxy_arp: _, proxy_arp_wifi: __, ...rest } = portData(port);
    return {
      ifindex: index,
      link: linkName(namespace, device),
      ifname: name,
      flags: flagsOf(namespace, device),
      mtu: mtuBytes,
      master: master.name,
      ...rest,
    };
  });

/** `bridge` takes the other end's index for one of its own namespace, wherever that end is. */
function linkName(namespace: Namespace, device: Device): string | undefined {
  const peer = device instanceof Veth ? device.peer : undefined;
  if (peer === undefined) return undefined;
  const taken = [...namespace.devices.values()].find(({ index }) => index === peer.index);
  return taken?.name ?? `if${peer.index}`;
}
