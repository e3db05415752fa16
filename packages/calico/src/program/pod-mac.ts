import { createHash } from 'node:crypto';
import type { Mac } from '@podpath/net';

const LOCAL_BIT = 0x02;
const MULTICAST_BIT = 0x01;

/**
 * A MAC address for the container's end of a veth. The kernel draws one at random there; here it follows
 * from the pod's name, so that the same cluster is always the same. Locally administered, as the kernel's are.
 */
export const podMac = (namespace: string, pod: string): Mac => {
  const digest = createHash('sha256').update(`${namespace}/${pod}`).digest();
  const first = (digest.readUInt8(0) | LOCAL_BIT) & ~MULTICAST_BIT;
  return first * 2 ** 40 + digest.readUIntBE(1, 5);
};
