import { familyOf, type IpFamily } from '@podpath/net';
import { multiport, protocol } from '../rendering/felix-match.ts';
import {
  ACCEPT,
  type FelixChain,
  type FelixMatch,
  type FelixRule,
} from '../rendering/felix-rule.ts';
import type { FailsafePort, RenderConfig } from '../rendering/render-config.ts';
import { CHAIN } from './static-chain-names.ts';

type End = 'source' | 'destination';

/**
 * Ports that host endpoint policy cannot close. The raw table runs before conntrack, so there the
 * answers are named as well: packets from the ports that the other direction may open.
 */
export const failsafeChains = (
  table: 'raw' | 'mangle' | 'filter',
  family: IpFamily,
  { failsafeInbound, failsafeOutbound }: RenderConfig,
): readonly FelixChain[] => {
  const rules = (list: readonly FailsafePort[], port: End, net: End) =>
    list.flatMap((entry) => failsafeRule(entry, port, net, family));
  const answers = (list: readonly FailsafePort[], net: End) =>
    table === 'raw' ? rules(list, 'source', net) : [];
  return [
    {
      name: CHAIN.failsafeIn,
      rules: [
        ...rules(failsafeInbound, 'destination', 'source'),
        ...answers(failsafeOutbound, 'source'),
      ],
    },
    {
      name: CHAIN.failsafeOut,
      rules: [
        ...rules(failsafeOutbound, 'destination', 'destination'),
        ...answers(failsafeInbound, 'destination'),
      ],
    },
  ];
};

const failsafeRule = (
  entry: FailsafePort,
  portEnd: End,
  netEnd: End,
  family: IpFamily,
): readonly FelixRule[] => {
  if (entry.net !== undefined && familyOf(entry.net.address) !== family) return [];
  const net: readonly FelixMatch[] =
    entry.net === undefined ? [] : [{ kind: netEnd, prefix: entry.net }];
  const match = [
    protocol(entry.protocol),
    multiport(portEnd, [{ first: entry.port, last: entry.port }]),
    ...net,
  ];
  return [{ match, action: ACCEPT }];
};
