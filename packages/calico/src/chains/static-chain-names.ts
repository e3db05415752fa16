/** Chains that Felix always has. The same name may be used in several tables. */
export const CHAIN = {
  prerouting: 'cali-PREROUTING',
  input: 'cali-INPUT',
  forward: 'cali-FORWARD',
  output: 'cali-OUTPUT',
  postrouting: 'cali-POSTROUTING',
  workloadToHost: 'cali-wl-to-host',
  fromWorkload: 'cali-from-wl-dispatch',
  toWorkload: 'cali-to-wl-dispatch',
  fromHostEndpoint: 'cali-from-host-endpoint',
  toHostEndpoint: 'cali-to-host-endpoint',
  fromHostEndpointForward: 'cali-from-hep-forward',
  toHostEndpointForward: 'cali-to-hep-forward',
  cidrBlock: 'cali-cidr-block',
  failsafeIn: 'cali-failsafe-in',
  failsafeOut: 'cali-failsafe-out',
  rpfSkip: 'cali-rpf-skip',
  egressDscp: 'cali-egress-dscp',
  floatingIpDnat: 'cali-fip-dnat',
  floatingIpSnat: 'cali-fip-snat',
  natOutgoing: 'cali-nat-outgoing',
} as const;

/** IP protocols that Felix names by number. */
export const PROTOCOL = { ipip: 4, udp: 17, icmpv6: 58 } as const;

/** VXLAN devices per family. */
export const VXLAN_DEVICE = { 4: 'vxlan.calico', 6: 'vxlan-v6.calico' } as const;
