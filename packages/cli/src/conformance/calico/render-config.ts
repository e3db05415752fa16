import { type FailsafePort, FELIX_DEFAULTS, type RenderConfig } from '@podpath/calico/conformance';
import { parsePrefix } from '@podpath/net';
import { z } from 'zod';

const failsafe = z
  .array(
    z.object({
      Net: z.string(),
      Protocol: z.enum(['tcp', 'udp', 'sctp']),
      Port: z.int(),
    }),
  )
  .nullish()
  .transform((ports): readonly FailsafePort[] =>
    (ports ?? []).map(({ Net, Protocol, Port }) => ({
      net: parsePrefix(Net),
      protocol: Protocol,
      port: Port,
    })),
  );

const action = <const Word extends 'ACCEPT' | 'DROP'>(initial: Word) => z.string().default(initial);
const flag = z.boolean().nullish();

/** The fields of Felix's renderer configuration that the chains in the vectors depend on. */
export const configSchema = z.object({
  MarkAccept: z.int().default(0),
  MarkPass: z.int().default(0),
  MarkScratch0: z.int().default(0),
  MarkScratch1: z.int().default(0),
  MarkDrop: z.int().default(0),
  WorkloadIfacePrefixes: z.array(z.string()).default([]),
  FilterAllowAction: action('ACCEPT'),
  MangleAllowAction: action('ACCEPT'),
  FilterDenyAction: action('DROP'),
  DefaultEndpointToHostAction: z.string().default('RETURN'),
  DisableConntrackInvalid: flag,
  AllowVXLANPacketsFromWorkloads: flag,
  AllowIPIPPacketsFromWorkloads: flag,
  FlowLogsEnabled: flag,
  VXLANEnabled: flag,
  VXLANEnabledV6: flag,
  VXLANPort: z.int().default(4789),
  VXLANTunnelAddress: z.unknown().optional(),
  VXLANTunnelAddressV6: z.unknown().optional(),
  FailsafeInboundHostPorts: failsafe,
  FailsafeOutboundHostPorts: failsafe,
  NATPortRange: z.object({ MinPort: z.int(), MaxPort: z.int() }).nullish(),
  IptablesNATOutgoingInterfaceFilter: z.string().default(''),
  NATOutgoingExclusions: z.string().default('IPPoolsOnly'),
  // What podpath does not emulate; a case that depends on it is not supported.
  KubeIPVSSupportEnabled: flag,
  IPIPEnabled: flag,
  IPIPTunnelAddress: z.unknown().optional(),
  OpenStackSpecialCasesEnabled: flag,
  WireguardEnabled: flag,
  WireguardEnabledV6: flag,
  WireguardEncryptHostTraffic: flag,
  BPFEnabled: flag,
});

export type VectorConfig = z.output<typeof configSchema>;

const WORDS = { ACCEPT: 'accept', DROP: 'drop', RETURN: 'return', REJECT: 'reject' } as const;
const verdict = <Word extends keyof typeof WORDS>(words: readonly Word[], text: string) => {
  const word = words.find((known) => known === text);
  if (word === undefined) throw new Error(`no such action: ${text}`);
  return WORDS[word];
};

/** A renderer configuration of the vectors in podpath's terms. */
export const renderConfig = (config: VectorConfig): RenderConfig => ({
  ...FELIX_DEFAULTS,
  marks: {
    accept: config.MarkAccept,
    pass: config.MarkPass,
    scratch0: config.MarkScratch0,
    scratch1: config.MarkScratch1,
    drop: config.MarkDrop,
  },
  interfacePrefixes: config.WorkloadIfacePrefixes,
  filterAllow: verdict(['ACCEPT', 'RETURN'], config.FilterAllowAction),
  mangleAllow: verdict(['ACCEPT', 'RETURN'], config.MangleAllowAction),
  filterDeny: verdict(['DROP', 'REJECT'], config.FilterDenyAction),
  endpointToHost: verdict(
    ['ACCEPT', 'DROP', 'RETURN', 'REJECT'],
    config.DefaultEndpointToHostAction,
  ),
  dropInvalid: config.DisableConntrackInvalid !== true,
  allowVxlanFromWorkloads: config.AllowVXLANPacketsFromWorkloads === true,
  allowIpipFromWorkloads: config.AllowIPIPPacketsFromWorkloads === true,
  flowLogs: config.FlowLogsEnabled === true,
  vxlanPort: config.VXLANPort,
  vxlanFamilies: [
    ...(config.VXLANEnabled === true ? ([4] as const) : []),
    ...(config.VXLANEnabledV6 === true ? ([6] as const) : []),
  ],
  tunnelAddressFamilies: [
    ...(config.VXLANTunnelAddress == null ? [] : ([4] as const)),
    ...(config.VXLANTunnelAddressV6 == null ? [] : ([6] as const)),
  ],
  failsafeInbound: config.FailsafeInboundHostPorts,
  failsafeOutbound: config.FailsafeOutboundHostPorts,
  ...(config.NATPortRange == null
    ? {}
    : { natPortRange: { first: config.NATPortRange.MinPort, last: config.NATPortRange.MaxPort } }),
  ...(config.IptablesNATOutgoingInterfaceFilter === ''
    ? {}
    : { natOutgoingInterface: config.IptablesNATOutgoingInterfaceFilter }),
  natOutgoingSparesHosts: config.NATOutgoingExclusions === 'IPPoolsAndHostIPs',
});
