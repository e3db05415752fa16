import { createHash } from 'node:crypto';
import type { Pod } from '@podpath/cluster';
import type { Mac } from '@podpath/net';

/** Stand-ins for what the real programs draw at random, so that the same cluster gives the same devices. */

/** Names of the nodes' ends of the pods' pairs: `veth` and eight hexadecimal digits, as the bridge plugin names them. */
export function vethNames(pods: readonly Pod[]): ReadonlyMap<Pod, string> {
  const names = new Map<Pod, string>();
  const taken = new Set<string>();
  for (const pod of pods) {
    let attempt = 0;
    let name: string;
    do {
      name = `veth${digest(`veth ${pod.namespace}/${pod.name} ${attempt++}`).toString('hex', 0, 4)}`;
    } while (taken.has(name));
    taken.add(name);
    names.set(pod, name);
  }
  return names;
}

/** A unicast address with the locally administered bit, as flannel and the kernel draw them. */
export const macFor = (device: string, owner: string): Mac => {
  const bytes = digest(`mac ${device} ${owner}`);
  return ((bytes.readUInt8(0) & 0xfe) | 0x02) * 2 ** 40 + bytes.readUIntBE(1, 5);
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
