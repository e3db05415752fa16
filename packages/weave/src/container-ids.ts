import { createHash } from 'node:crypto';
import type { Pod } from '@podpath/cluster';
import { vethNames } from './veth-name.ts';

/**
 * The host's end of each pod's veth pair on one node. Container IDs are drawn by the runtime; here the
 * pod's name stands in for the draw. When two begin alike the CNI plugin fails and is called again for
 * a container with another ID, so the next draw counts.
 */
export const hostDevices = (pods: Iterable<Pod>): Map<Pod, string> => {
  const devices = new Map<Pod, string>();
  const taken = new Set<string>();
  for (const pod of pods) {
    let device = '';
    for (let draw = 0; device === '' || taken.has(device); draw++) {
      const id = createHash('sha256').update(`${pod.namespace}/${pod.name} ${draw}`).digest('hex');
      device = vethNames(id).host;
    }
    taken.add(device);
    devices.set(pod, device);
  }
  return devices;
};
