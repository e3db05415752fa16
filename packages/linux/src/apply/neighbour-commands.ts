import type { NeighbourChange } from '../commands.ts';
import type { Namespace } from '../namespace.ts';
import { flushQueue } from '../neighbours/resolution.ts';
import { deviceOf, refusal } from './refuse.ts';

/** `ip neighbour replace|delete`, and `add|delete proxy`. Throws ENODEV, ENOENT. */
export function changeNeighbour(namespace: Namespace, command: NeighbourChange): void {
  const device = deviceOf(namespace, command, command.dev);
  const { neighbours } = namespace;
  switch (command.kind) {
    case 'neighbour-proxy-add':
      neighbours.addProxy(device, command.address);
      return;
    case 'neighbour-proxy-delete':
      if (neighbours.deleteProxy(device, command.address)) return;
      throw refusal(command, 'ENOENT', 'no such entry');
    case 'neighbour-delete': {
      const neighbour = neighbours.delete(device, command.address);
      if (neighbour === undefined) throw refusal(command, 'ENOENT', 'no such neighbour');
      for (const packet of neighbour.queue.splice(0)) packet.drop('its neighbour was deleted');
      return;
    }
    case 'neighbour-replace': {
      const neighbour = neighbours.obtain(device, command.address);
      neighbour.mac = command.mac;
      neighbour.state = command.state;
      neighbour.confirmedMs = namespace.nowMs;
      neighbour.updatedMs = namespace.nowMs;
      neighbour.usedStaleMs = undefined;
      flushQueue(neighbour);
    }
  }
}
