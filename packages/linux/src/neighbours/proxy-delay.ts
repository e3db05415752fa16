import type { IpFamily } from '@podpath/net';
import type { Device } from '../core.ts';
import type { Namespace } from '../namespace.ts';

/** How long who asks everybody is kept waiting by a proxy, as the owner may answer (`pneigh_enqueue`). */
export function proxyDelayMs(
  { sysctls, kernel }: Namespace,
  device: Device,
  family: IpFamily,
): number {
  const most = sysctls.get(`net.ipv${family}.neigh.${device.name}.proxy_delay`) ?? 0;
  return most === 0 ? 0 : kernel.random.between(0, most * 10 - 1);
}
