import type { IpFamily } from '@podpath/net';
import { comesFrom, markClear, markSet, protocol } from '../rendering/felix-match.ts';
import {
  ACCEPT,
  clearMark,
  type FelixChain,
  type FelixRule,
  jump,
  NOTRACK,
  setMark,
} from '../rendering/felix-rule.ts';
import { allMarks } from '../rendering/marks.ts';
import { denyAction, type RenderConfig } from '../rendering/render-config.ts';
import { failsafeChains } from './failsafe-chains.ts';
import { CHAIN } from './static-chain-names.ts';

/** Felix's fixed chains of the raw table. Follows felix/rules/static.go. */
export const rawChains = (family: IpFamily, config: RenderConfig): readonly FelixChain[] => [
  preroutingChain(family, config),
  outputChain(family, config),
  ...failsafeChains('raw', family, config),
  { name: CHAIN.rpfSkip, rules: [] },
];

/** Workloads may send from their own addresses only, whatever the rp_filter sysctl says. */
const preroutingChain = (family: IpFamily, config: RenderConfig): FelixChain => {
  const { marks, interfacePrefixes } = config;
  const fromWorkload = marks.scratch0;
  return {
    name: CHAIN.prerouting,
    rules: [
      { action: clearMark(allMarks(marks)) },
      ...vxlanUntracked(family, config),
      ...interfacePrefixes.map((prefix) => ({
        match: [comesFrom(prefix)],
        action: setMark(fromWorkload),
      })),
      { match: [markSet(fromWorkload)], action: jump(CHAIN.rpfSkip) },
      {
        match: [markSet(fromWorkload), { kind: 'rpfilter', invert: true, validMark: true }],
        action: denyAction(config),
      },
      { match: [markClear(fromWorkload)], action: jump(CHAIN.fromHostEndpoint) },
      { match: [markSet(marks.accept)], action: ACCEPT },
    ],
  };
};

const outputChain = (family: IpFamily, config: RenderConfig): FelixChain => ({
  name: CHAIN.output,
  rules: [
    { action: clearMark(allMarks(config.marks)) },
    { action: jump(CHAIN.toHostEndpoint) },
    ...vxlanUntracked(family, config),
    { match: [markSet(config.marks.accept)], action: ACCEPT },
  ],
});

/** VXLAN's two directions use different source ports: conntrack would only ever see halves of flows. */
const vxlanUntracked = (
  family: IpFamily,
  { vxlanFamilies, vxlanPort }: RenderConfig,
): readonly FelixRule[] =>
  vxlanFamilies.includes(family)
    ? [
        {
          match: [
            protocol('udp'),
            {
              kind: 'port',
              protocol: 'udp',
              side: 'destination',
              first: vxlanPort,
              last: vxlanPort,
            },
          ],
          action: NOTRACK,
        },
      ]
    : [];
