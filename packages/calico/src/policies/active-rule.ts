import type { IpFamily, Prefix } from '@podpath/net';
import type { PortRange } from './port-range.ts';

/**
 * A rule as Felix's data plane gets it: selectors and named ports have become ipsets.
 * Absent fields match anything. Lists of nets and ports are alternatives; lists of sets all have to match.
 */
export interface ActiveRule {
  readonly action: 'allow' | 'deny' | 'pass' | 'log';
  /** Absent: rendered for each family that its nets leave something of. */
  readonly ipVersion?: IpFamily;
  readonly protocol?: string | number;
  readonly notProtocol?: string | number;
  readonly icmp?: IcmpMatch;
  readonly notIcmp?: IcmpMatch;
  readonly source: EndMatch;
  readonly destination: EndMatch;
}

export interface IcmpMatch {
  readonly type: number;
  readonly code?: number;
}

export interface EndMatch {
  readonly nets?: readonly Prefix[];
  readonly notNets?: readonly Prefix[];
  readonly ports?: readonly PortRange[];
  readonly notPorts?: readonly PortRange[];
  /** Identities of sets of addresses. */
  readonly ipsets?: readonly string[];
  readonly notIpsets?: readonly string[];
  /** Identities of sets of address and port pairs; alternatives to each other and to `ports`. */
  readonly namedPortIpsets?: readonly string[];
  readonly notNamedPortIpsets?: readonly string[];
  /** Identities of sets of a Service's address and port pairs. Destinations only. */
  readonly ipPortIpsets?: readonly string[];
}
