/** Kinds of devices. */
export type DeviceType =
  | 'lo'
  | 'veth'
  | 'bridge'
  | 'vxlan'
  | 'ipip'
  | 'sit'
  | 'ip6tnl'
  | 'wireguard'
  | 'dummy'
  | 'tun'
  | 'opaque';
