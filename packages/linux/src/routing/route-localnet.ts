import type { Device } from '../core.ts';
import type { Namespace } from '../namespace.ts';

/** Whether 127/8 may pass a device: its own switch says so or everybody's (`IN_DEV_ROUTE_LOCALNET`, an ORCONF). */
export const routesLocalnet = (namespace: Namespace, device: Device): boolean =>
  (device.ipv4.route_localnet | namespace.sysctls.ipv4All.route_localnet) !== 0;
