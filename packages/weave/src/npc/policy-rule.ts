import type { NetworkPolicyPort, PortProtocol } from '@podpath/cluster';
import type { Match, Rule } from '@podpath/linux';
import { CHAIN, targetsOf } from './chains.ts';
import { NpcError } from './npc-error.ts';
import type { IpBlockSpec, PolicyType, SelectorSpec } from './selector-spec.ts';

/** What a rule lets through: from one end to the other, for one port or all of one protocol or anything. */
export interface PolicyRule {
  /** Equal rules have equal keys, and exist once. */
  readonly key: string;
  readonly chain: string;
  readonly rules: readonly Rule[];
  /** It names IPv6 addresses, which iptables refuses. */
  readonly ipv6: boolean;
}

/** One end of a rule; absent means anybody. */
export type RuleEnd =
  | { readonly kind: 'selector'; readonly spec: SelectorSpec }
  | { readonly kind: 'block'; readonly spec: IpBlockSpec };

export interface RulePort {
  readonly protocol: PortProtocol;
  readonly first: number;
  readonly last: number;
}

/**
 * The port of a policy as weave-npc takes it: no port means all of the protocol's, `endPort` is not
 * read, and a name is refused with the whole policy. Throws `NpcError`.
 */
export const rulePort = ({ protocol, port }: NetworkPolicyPort): RulePort => {
  if (typeof port === 'string') {
    throw new NpcError('named-port', `the port ${JSON.stringify(port)} is a name`);
  }
  return port === undefined
    ? { protocol, first: 0, last: 65_535 }
    : { protocol, first: port, last: port };
};

/** Writes a rule as weave-npc does (npc/rule.go). */
export const policyRule = (
  type: PolicyType,
  source: RuleEnd | undefined,
  destination: RuleEnd | undefined,
  port: RulePort | undefined,
): PolicyRule => {
  const text = (end: RuleEnd | undefined) => end?.spec.text ?? 'anywhere';
  const described = `${text(source)} -> ${text(destination)} (${type.toLowerCase()})`;
  const protocol = port === undefined ? undefined : protocolName(port.protocol);
  const matches: Match[] = [
    ...(protocol === undefined ? [] : [{ kind: 'protocol', protocol } as const]),
    ...endMatches(source, 'src'),
    ...endMatches(destination, 'dst'),
    ...(protocol === undefined || port === undefined
      ? []
      : [
          {
            kind: 'port',
            protocol,
            side: 'destination',
            first: port.first,
            last: port.last,
          } as const,
        ]),
    { kind: 'comment', text: described },
  ];
  const key = [type, port?.protocol, port?.first, port?.last, described].join(' ');
  return {
    key,
    chain: type === 'Ingress' ? CHAIN.ingressRules : CHAIN.egressRules,
    rules: targetsOf(type).map((target) => ({ matches, target })),
    ipv6: [source, destination].some(
      (end) => end?.kind === 'block' && typeof end.spec.cidr.address !== 'number',
    ),
  };
};

const endMatches = (end: RuleEnd | undefined, side: 'src' | 'dst'): Match[] => {
  if (end === undefined) return [];
  const set = (name: string, invert: boolean): Match => ({
    kind: 'set',
    set: name,
    directions: [side],
    ...(invert ? { invert } : {}),
  });
  if (end.kind === 'selector') return [set(end.spec.setName, false)];
  const { cidr, setName } = end.spec;
  const block: Match = { kind: side === 'src' ? 'source' : 'destination', prefix: cidr };
  return setName === undefined ? [block] : [block, set(setName, true)];
};

const PROTOCOL_NAMES = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;
const protocolName = (protocol: PortProtocol) => PROTOCOL_NAMES[protocol];
