import { IpProtocol } from '@podpath/net';
import type { HookVerdict } from '../../netfilter/netfilter.ts';
import type { RejectType } from '../../netfilter/rule.ts';
import { isOfFrames, type NftFamily } from '../model/ruleset.ts';
import type { NftReject } from '../model/statement.ts';
import { type StatementFunction, Step } from './objects.ts';

/** What each type answers an IPv4 and an IPv6 packet; a family that it has no answer for does not match. */
const ANSWERS: Readonly<
  Record<
    NonNullable<NftReject['with']>,
    readonly [ipv4: RejectType | undefined, ipv6: RejectType | undefined]
  >
> = {
  'tcp reset': ['tcp-reset', 'tcp-reset'],
  'icmp net-unreachable': ['icmp-net-unreachable', undefined],
  'icmp host-unreachable': ['icmp-host-unreachable', undefined],
  'icmp prot-unreachable': ['icmp-proto-unreachable', undefined],
  'icmp port-unreachable': ['icmp-port-unreachable', undefined],
  'icmp net-prohibited': ['icmp-net-prohibited', undefined],
  'icmp host-prohibited': ['icmp-host-prohibited', undefined],
  'icmp admin-prohibited': ['icmp-admin-prohibited', undefined],
  'icmpv6 no-route': [undefined, 'icmp6-no-route'],
  'icmpv6 admin-prohibited': [undefined, 'icmp6-adm-prohibited'],
  'icmpv6 addr-unreachable': [undefined, 'icmp6-addr-unreachable'],
  'icmpv6 port-unreachable': [undefined, 'icmp6-port-unreachable'],
  'icmpx no-route': ['icmp-net-unreachable', 'icmp6-no-route'],
  'icmpx port-unreachable': ['icmp-port-unreachable', 'icmp6-port-unreachable'],
  'icmpx host-unreachable': ['icmp-host-unreachable', 'icmp6-addr-unreachable'],
  'icmpx admin-prohibited': ['icmp-admin-prohibited', 'icmp6-adm-prohibited'],
};

/**
 * `reject` (net/netfilter/nft_reject_inet.c); frames are answered without a route (nft_reject_netdev.c, and
 * net/bridge/netfilter/nft_reject_bridge.c).
 */
export const compileReject = ({ with: type }: NftReject, family: NftFamily): StatementFunction => {
  const unrouted = isOfFrames(family) ? ({ unrouted: true } as const) : {};
  const [ipv4, ipv6] = ANSWERS[type ?? 'icmpx port-unreachable'].map(
    (answer): HookVerdict | undefined =>
      answer === undefined ? undefined : { kind: 'reject', with: answer, ...unrouted },
  );
  const onlyTcp = type === 'tcp reset';
  const ofOneFamily = ipv4 === undefined || ipv6 === undefined;
  return (at) => {
    const { view } = at;
    if (ofOneFamily && view.context.link?.isIp === false) return Step.BREAK;
    const answer = view.family === 4 ? ipv4 : ipv6;
    if (answer === undefined) return Step.BREAK;
    if (onlyTcp && view.protocol !== IpProtocol.TCP) return Step.BREAK;
    at.verdict = answer;
    return Step.VERDICT;
  };
};
