import type { Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { receiveArp } from '../neighbours/arp.ts';
import { passesDevice } from './frame-hook.ts';
import { receiveIp } from './ip-receive.ts';

/** A frame has arrived at a device (`__netif_receive_skb_core`). */
export function receiveFrame(namespace: Namespace, device: Device, packet: SocketBuffer): void {
  if (!device.up) {
    packet.drop(`device ${device.name} is down`);
    return;
  }
  packet.namespace = namespace.name;
  packet.nesting = 0;
  packet.icmpSocket = undefined;
  packet.input = device;
  packet.output = undefined;
  packet.pass(device, 'in');
  if (namespace.looksAtFrames && !passesDevice(namespace, 'ingress', device, packet)) return;
  if (device.portInput !== undefined) {
    device.portInput(packet);
    return;
  }
  switch (packet.payload.kind) {
    case 'arp':
      receiveArp(namespace, device, packet);
      return;
    case 'ipv4':
    case 'ipv6':
      receiveIp(namespace, device, packet);
      return;
    default:
      packet.drop('nobody here speaks this protocol');
  }
}
