import type { IpFamily } from '@podpath/net';
import { ipsetName } from '../names/ipset-names.ts';
import { conntrack, inSet, markSet } from '../rendering/felix-match.ts';
import { clearMark, type FelixChain, jump, RETURN } from '../rendering/felix-rule.ts';
import { allMarks } from '../rendering/marks.ts';
import { mangleAllowAction, type RenderConfig } from '../rendering/render-config.ts';
import { failsafeChains } from './failsafe-chains.ts';
import { CHAIN } from './static-chain-names.ts';

/** Felix's fixed chains of the mangle table. Follows felix/rules/static.go. */
export const mangleChains = (family: IpFamily, config: RenderConfig): readonly FelixChain[] => [
  preroutingChain(config),
  postroutingChain(family, config),
  ...failsafeChains('mangle', family, config),
  { name: CHAIN.egressDscp, rules: [] },
];

const ACCEPTED = ['Host endpoint policy accepted packet.'];

/** Where pre-DNAT policy of host endpoints would go. */
const preroutingChain = (config: RenderConfig): FelixChain => {
  const allow = mangleAllowAction(config);
  const accepted = [markSet(config.marks.accept)];
  return {
    name: CHAIN.prerouting,
    rules: [
      { match: [conntrack('RELATED', 'ESTABLISHED')], action: allow },
      { match: accepted, action: allow },
      { action: jump(CHAIN.fromHostEndpoint) },
      { match: accepted, action: allow, comments: ACCEPTED },
    ],
  };
};

/** Host endpoint policy for the host's own packets that DNAT sent elsewhere: only here is the exit device final. */
const postroutingChain = (family: IpFamily, { marks }: RenderConfig): FelixChain => ({
  name: CHAIN.postrouting,
  rules: [
    {
      match: [
        inSet(ipsetName(family, 'dscp-src-net'), 'src'),
        inSet(ipsetName(family, 'network-ip-pools'), 'dst', { invert: true }),
        inSet(ipsetName(family, 'this-host'), 'dst', { invert: true }),
      ],
      action: jump(CHAIN.egressDscp),
      comments: ['set dscp for traffic leaving cluster.'],
    },
    { match: [markSet(marks.accept)], action: RETURN },
    { action: clearMark(allMarks(marks)) },
    { match: [conntrack('DNAT')], action: jump(CHAIN.toHostEndpoint) },
    { match: [markSet(marks.accept)], action: RETURN, comments: ACCEPTED },
  ],
});
