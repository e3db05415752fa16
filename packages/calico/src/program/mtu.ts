import type { IpFamily } from '@podpath/net';

/** Of the nodes' network. */
const HOST_MTU_BYTES = 1500;

/** Outer Ethernet, IP and UDP headers and VXLAN's own. */
export const VXLAN_OVERHEAD_BYTES: Readonly<Record<IpFamily, number>> = { 4: 50, 6: 70 };

/** MTU of a family's VXLAN device. */
export const deviceMtuBytes = (family: IpFamily, configured: number | undefined): number =>
  configured ?? HOST_MTU_BYTES - VXLAN_OVERHEAD_BYTES[family];

/** MTU of pods: the smallest that any encapsulation of the cluster leaves. */
export const podMtuBytes = (
  families: readonly IpFamily[],
  configured: number | undefined,
): number => Math.min(...families.map((family) => deviceMtuBytes(family, configured)));
