import type { IpFamily } from '@podpath/net';
import { ipsetName } from '../names/ipset-names.ts';
import {
  comesFrom,
  destinationPort,
  FROM_LOCAL,
  goesTo,
  inSet,
  markClear,
  markSet,
  protocol,
  TO_LOCAL,
} from '../rendering/felix-match.ts';
import {
  clearMark,
  DROP,
  type FelixChain,
  type FelixRule,
  goto,
  jump,
  RETURN,
} from '../rendering/felix-rule.ts';
import { allMarks } from '../rendering/marks.ts';
import {
  endpointToHostAction,
  filterAllowAction,
  type RenderConfig,
} from '../rendering/render-config.ts';
import { failsafeChains } from './failsafe-chains.ts';
import { CHAIN, PROTOCOL } from './static-chain-names.ts';

/** Felix's fixed chains of the filter table. Follows felix/rules/static.go. */
export const filterChains = (family: IpFamily, config: RenderConfig): readonly FelixChain[] => [
  forwardChain(config),
  inputChain(family, config),
  workloadToHostChain(family, config),
  outputChain(family, config),
  ...failsafeChains('filter', family, config),
  { name: CHAIN.cidrBlock, rules: [] },
];

/** Endpoint chains say "allowed" by returning with the accept mark: a packet may have two endpoints. */
const forwardChain = ({ marks, interfacePrefixes }: RenderConfig): FelixChain => ({
  name: CHAIN.forward,
  rules: [
    // The accept mark may come from the raw or mangle table, and counts.
    { action: clearMark((allMarks(marks) & ~marks.accept) >>> 0) },
    { match: [markClear(marks.accept)], action: jump(CHAIN.fromHostEndpointForward) },
    ...interfacePrefixes.flatMap((prefix) => [
      { match: [comesFrom(prefix)], action: jump(CHAIN.fromWorkload) },
      { match: [goesTo(prefix)], action: jump(CHAIN.toWorkload) },
    ]),
    { action: jump(CHAIN.toHostEndpointForward) },
    { action: jump(CHAIN.cidrBlock) },
  ],
});

const inputChain = (family: IpFamily, config: RenderConfig): FelixChain => {
  const { marks, interfacePrefixes } = config;
  return {
    name: CHAIN.input,
    rules: [
      ...incomingVxlan(family, config),
      ...interfacePrefixes.map((prefix) => ({
        match: [comesFrom(prefix)],
        action: goto(CHAIN.workloadToHost),
      })),
      { match: [markSet(marks.accept)], action: filterAllowAction(config) },
      { action: clearMark(allMarks(marks)) },
      { action: jump(CHAIN.fromHostEndpoint) },
      hostEndpointAccepted(config),
    ],
  };
};

const incomingVxlan = (family: IpFamily, config: RenderConfig): readonly FelixRule[] => {
  if (!config.vxlanFamilies.includes(family)) return [];
  const toVxlanPort = [protocol(PROTOCOL.udp), destinationPort(config.vxlanPort)];
  return [
    {
      match: [...toVxlanPort, inSet(ipsetName(family, 'all-vxlan-net'), 'src'), TO_LOCAL],
      action: filterAllowAction(config),
      comments: [`Allow IPv${family} VXLAN packets from allowed hosts`],
    },
    {
      match: [...toVxlanPort, TO_LOCAL],
      action: DROP,
      comments: [`Drop IPv${family} VXLAN packets from non-allowed hosts`],
    },
  ];
};

/** ICMPv6 that a host needs from its neighbours: multicast listeners, router and neighbour discovery. */
const NEIGHBOUR_TYPES = [130, 131, 132, 133, 135, 136] as const;

/** A pod's egress policy applies to its own host too; what is left goes by DefaultEndpointToHostAction. */
const workloadToHostChain = (family: IpFamily, config: RenderConfig): FelixChain => ({
  name: CHAIN.workloadToHost,
  rules: [
    ...(family === 4 ? [] : NEIGHBOUR_TYPES).map(
      (type): FelixRule => ({
        match: [protocol(PROTOCOL.icmpv6), { kind: 'icmp', version: 6, type }],
        action: filterAllowAction(config),
      }),
    ),
    { action: jump(CHAIN.fromWorkload) },
    {
      action: endpointToHostAction(config),
      comments: ['Configured DefaultEndpointToHostAction'],
    },
  ],
});

/** A host's own packets to its pods return before any policy: kubelet must reach them. */
const outputChain = (family: IpFamily, config: RenderConfig): FelixChain => {
  const { marks, interfacePrefixes } = config;
  return {
    name: CHAIN.output,
    rules: [
      { match: [markSet(marks.accept)], action: filterAllowAction(config) },
      ...interfacePrefixes.map((prefix) => ({ match: [goesTo(prefix)], action: RETURN })),
      ...outgoingVxlan(family, config),
      { action: clearMark(allMarks(marks)) },
      {
        match: [{ kind: 'conntrack', module: 'conntrack', states: ['DNAT'], invert: true }],
        action: jump(CHAIN.toHostEndpoint),
      },
      hostEndpointAccepted(config),
    ],
  };
};

const outgoingVxlan = (family: IpFamily, config: RenderConfig): readonly FelixRule[] =>
  config.vxlanFamilies.includes(family)
    ? [
        {
          match: [
            protocol(PROTOCOL.udp),
            destinationPort(config.vxlanPort),
            FROM_LOCAL,
            inSet(ipsetName(family, 'all-vxlan-net'), 'dst'),
          ],
          action: filterAllowAction(config),
          comments: [`Allow IPv${family} VXLAN packets to other allowed hosts`],
        },
      ]
    : [];

const hostEndpointAccepted = (config: RenderConfig): FelixRule => ({
  match: [markSet(config.marks.accept)],
  action: filterAllowAction(config),
  comments: ['Host endpoint policy accepted packet.'],
});
