import type { IpFamily, Prefix } from '@podpath/net';
import type { PortRange } from '../policies/port-range.ts';
import { ACCEPT, DROP, type FelixAction, RETURN } from './felix-rule.ts';
import type { IptablesFeatures } from './felix-text.ts';
import { allocateMarks, type Marks } from './marks.ts';

/** A port that host endpoint policy never closes, from or to a network when one is named. */
export interface FailsafePort {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
  readonly net?: Prefix;
}

/** The settings of Felix that change what it writes. */
export interface RenderConfig {
  readonly marks: Marks;
  /** What workload interfaces start with. */
  readonly interfacePrefixes: readonly string[];
  readonly filterAllow: 'accept' | 'return';
  readonly mangleAllow: 'accept' | 'return';
  readonly filterDeny: 'drop' | 'reject';
  readonly endpointToHost: 'accept' | 'drop' | 'reject' | 'return';
  readonly dropInvalid: boolean;
  readonly vxlanPort: number;
  /** Families whose pods are reached through VXLAN. */
  readonly vxlanFamilies: readonly IpFamily[];
  /** Families in which this node's VXLAN device has an address. */
  readonly tunnelAddressFamilies: readonly IpFamily[];
  readonly allowVxlanFromWorkloads: boolean;
  readonly allowIpipFromWorkloads: boolean;
  readonly failsafeInbound: readonly FailsafePort[];
  readonly failsafeOutbound: readonly FailsafePort[];
  readonly natPortRange?: PortRange;
  /** Limits natOutgoing to packets that leave by this device. */
  readonly natOutgoingInterface?: string;
  /** Addresses of hosts do not count as outside (`NATOutgoingExclusions: IPPoolsAndHostIPs`). */
  readonly natOutgoingSparesHosts: boolean;
  readonly flowLogs: boolean;
  readonly logPrefix: string;
  readonly features: IptablesFeatures;
}

const ports = (protocol: 'tcp' | 'udp', ...numbers: readonly number[]): readonly FailsafePort[] =>
  numbers.map((port) => ({ protocol, port }));

/** Felix's defaults, in a cluster of no family yet. Follows felix/config/config_params.go. */
export const FELIX_DEFAULTS: RenderConfig = {
  marks: allocateMarks(),
  interfacePrefixes: ['cali'],
  filterAllow: 'accept',
  mangleAllow: 'accept',
  filterDeny: 'drop',
  endpointToHost: 'drop',
  dropInvalid: true,
  vxlanPort: 4789,
  vxlanFamilies: [],
  tunnelAddressFamilies: [],
  allowVxlanFromWorkloads: false,
  allowIpipFromWorkloads: false,
  failsafeInbound: [
    ...ports('tcp', 22),
    ...ports('udp', 68),
    ...ports('tcp', 179, 2379, 2380, 5473, 6443, 6666, 6667),
  ],
  failsafeOutbound: [
    ...ports('udp', 53, 67),
    ...ports('tcp', 179, 2379, 2380, 5473, 6443, 6666, 6667),
  ],
  natOutgoingSparesHosts: false,
  flowLogs: false,
  logPrefix: 'calico-packet',
  features: { randomFully: true, nflogSize: true },
};

const VERDICTS = {
  accept: ACCEPT,
  drop: DROP,
  return: RETURN,
  reject: { kind: 'reject' },
} as const;

export const filterAllowAction = (config: RenderConfig): FelixAction =>
  VERDICTS[config.filterAllow];
export const mangleAllowAction = (config: RenderConfig): FelixAction =>
  VERDICTS[config.mangleAllow];
export const denyAction = (config: RenderConfig): FelixAction => VERDICTS[config.filterDeny];
export const endpointToHostAction = (config: RenderConfig): FelixAction =>
  VERDICTS[config.endpointToHost];

/** The word that comments use for what happens to denied packets. */
export const denyWord = (config: RenderConfig): string =>
  config.filterDeny === 'drop' ? 'Drop' : 'Reject';
