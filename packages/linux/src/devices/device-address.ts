import type { Ip } from '@podpath/net';

/** An IPv4 or IPv6 address on a device. */
export interface DeviceAddress {
  readonly address: Ip;
  readonly length: number;
  /** Kernel number: 0 global, 253 link, 254 host. */
  readonly scope: number;
  /** In the subnet of an address that was there before: never chosen as a source. */
  readonly secondary: boolean;
}
