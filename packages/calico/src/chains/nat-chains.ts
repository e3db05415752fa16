import type { IpFamily } from '@podpath/net';
import { ipsetName } from '../names/ipset-names.ts';
import type { PortRange } from '../policies/port-range.ts';
import { FROM_LOCAL, inSet, protocol } from '../rendering/felix-match.ts';
import {
  type FelixAction,
  type FelixChain,
  type FelixMatch,
  type FelixRule,
  jump,
  RETURN,
} from '../rendering/felix-rule.ts';
import type { RenderConfig } from '../rendering/render-config.ts';
import { CHAIN, PROTOCOL, VXLAN_DEVICE } from './static-chain-names.ts';

/** Felix's chains of the nat table, `cali-nat-outgoing` aside. Follows felix/rules/static.go. */
export const natChains = (family: IpFamily, config: RenderConfig): readonly FelixChain[] => [
  { name: CHAIN.prerouting, rules: [{ action: jump(CHAIN.floatingIpDnat) }] },
  postroutingChain(family, config),
  { name: CHAIN.output, rules: [{ action: jump(CHAIN.floatingIpDnat) }] },
  { name: CHAIN.floatingIpDnat, rules: [] },
  { name: CHAIN.floatingIpSnat, rules: [] },
];

/**
 * The host's own packets into a tunnel leave with the tunnel's address, even if their socket, or a
 * Service's DNAT behind its back, chose another address of the host.
 */
const postroutingChain = (family: IpFamily, config: RenderConfig): FelixChain => ({
  name: CHAIN.postrouting,
  rules: [
    { action: jump(CHAIN.floatingIpSnat) },
    { action: jump(CHAIN.natOutgoing) },
    ...(config.vxlanFamilies.includes(family) && config.tunnelAddressFamilies.includes(family)
      ? tunnelRules(VXLAN_DEVICE[family], config)
      : []),
  ],
});

const tunnelRules = (device: string, { vxlanPort }: RenderConfig): readonly FelixRule[] => {
  const match: readonly FelixMatch[] = [
    { kind: 'out-interface', name: device },
    { kind: 'address-type', source: { type: 'LOCAL', invert: true }, limitInterface: 'out' },
    FROM_LOCAL,
  ];
  return [
    {
      match: [protocol(PROTOCOL.udp), ...match],
      action: { kind: 'masquerade', ports: portsBeside(vxlanPort) },
    },
    { match, action: { kind: 'masquerade' } },
  ];
};

const FIRST_UNPRIVILEGED_PORT = 1024;
const LAST_PORT = 65_535;

/** The wider side of the VXLAN port, so that no masqueraded flow takes it for its own. */
const portsBeside = (port: number): PortRange =>
  LAST_PORT - port >= port - FIRST_UNPRIVILEGED_PORT
    ? { first: port + 1, last: LAST_PORT }
    : { first: FIRST_UNPRIVILEGED_PORT, last: port - 1 };

/** Masquerades what leaves the pools that want it, unless it stays in some pool. Follows felix/rules/nat.go. */
export const natOutgoingChain = (
  active: boolean,
  family: IpFamily,
  config: RenderConfig,
): FelixChain => ({
  name: CHAIN.natOutgoing,
  rules: active ? natOutgoingRules(family, config) : [],
});

const natOutgoingRules = (family: IpFamily, config: RenderConfig): readonly FelixRule[] => {
  const leaving = [
    inSet(ipsetName(family, 'masq-ipam-pools'), 'src'),
    inSet(ipsetName(family, 'network-ip-pools'), 'dst', { invert: true }),
    ...(config.natOutgoingSparesHosts
      ? [inSet(ipsetName(family, 'all-hosts-net'), 'dst', { invert: true })]
      : []),
  ];
  const device = config.natOutgoingInterface;
  const exit: readonly FelixMatch[] =
    device === undefined ? [] : [{ kind: 'out-interface', name: device }];
  const ports = config.natPortRange;
  const ranged = ports === undefined ? [] : ['tcp', 'udp'];
  const masquerade: FelixAction = { kind: 'masquerade', ...(ports === undefined ? {} : { ports }) };
  return [
    ...ranged.flatMap((name): readonly FelixRule[] => {
      const match = [...leaving, protocol(name), ...exit];
      return [
        { match, action: masquerade },
        { match, action: RETURN },
      ];
    }),
    { match: [...leaving, ...exit], action: { kind: 'masquerade' } },
  ];
};
