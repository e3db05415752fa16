import type { IptablesCommand, Match, Rule, Target } from '@podpath/linux';
import { parsePrefix } from '@podpath/net';
import { defaultAllowSet, type PolicyType } from './selector-spec.ts';

/** The mark of packets that egress policy let pass. They still have to pass ingress policy. */
const EGRESS_MARK = 0x40000;

export const CHAIN = {
  ingress: 'WEAVE-NPC',
  ingressDefault: 'WEAVE-NPC-DEFAULT',
  ingressRules: 'WEAVE-NPC-INGRESS',
  egress: 'WEAVE-NPC-EGRESS',
  egressDefault: 'WEAVE-NPC-EGRESS-DEFAULT',
  egressRules: 'WEAVE-NPC-EGRESS-CUSTOM',
  egressAccept: 'WEAVE-NPC-EGRESS-ACCEPT',
} as const;

const NFLOG_GROUP = 86;
const MULTICAST = parsePrefix('224.0.0.0/4');

const ACCEPT: Target = { kind: 'accept' };
const RETURN: Target = { kind: 'return' };
const NFLOG: Target = { kind: 'nflog', group: NFLOG_GROUP };
const jump = (chain: string): Target => ({ kind: 'jump', chain });

const NEW: Match = { kind: 'conntrack', module: 'state', states: ['NEW'] };
const ESTABLISHED: Match = {
  kind: 'conntrack',
  module: 'state',
  states: ['RELATED', 'ESTABLISHED'],
};
const UNMARKED: Match = { kind: 'mark', value: EGRESS_MARK, mask: EGRESS_MARK, invert: true };
const TO_MULTICAST: Match = { kind: 'destination', prefix: MULTICAST };
const comment = (text: string): Match => ({ kind: 'comment', text });

/** What weave-npc makes when it starts, before it hears of any object. `uplink` is the bridge's port to the overlay. */
export const staticCommands = (options: {
  readonly uplink: string;
  readonly allowMulticast: boolean;
}): IptablesCommand[] => {
  const { uplink } = options;
  const leavingByOverlay: Match = { kind: 'physdev', isBridged: true, out: uplink };
  const comingFromOverlay: Match = { kind: 'physdev', isBridged: true, in: uplink };
  const toThisHost: Match = { kind: 'address-type', destination: { type: 'LOCAL' } };
  const multicast = (target: Target): Rule[] =>
    options.allowMulticast ? [{ matches: [TO_MULTICAST], target }] : [];

  const ingress: Rule[] = [
    { matches: [ESTABLISHED], target: ACCEPT },
    ...multicast(ACCEPT),
    { matches: [leavingByOverlay], target: ACCEPT },
    { matches: [NEW], target: jump(CHAIN.ingressDefault) },
    { matches: [NEW], target: jump(CHAIN.ingressRules) },
  ];
  const egress: Rule[] = [
    { matches: [ESTABLISHED], target: ACCEPT },
    { matches: [comingFromOverlay], target: RETURN },
    { matches: [toThisHost], target: RETURN },
    ...multicast(RETURN),
    { matches: [NEW], target: jump(CHAIN.egressDefault) },
    { matches: [NEW, UNMARKED], target: jump(CHAIN.egressRules) },
  ];
  const accept: Rule = {
    matches: [],
    target: { kind: 'mark', value: EGRESS_MARK, mask: EGRESS_MARK, spelling: 'set-xmark' },
  };
  return [
    ...Object.values(CHAIN).map((chain) => filterCommand({ op: 'new-chain', chain })),
    ...ingress.map((rule) => append(CHAIN.ingress, rule)),
    ...egress.map((rule) => append(CHAIN.egress, rule)),
    append(CHAIN.egressAccept, accept),
  ];
};

/** What makes egress policy bite. Appended with the first egress policy, and never taken away. */
export const egressDropCommands = (): IptablesCommand[] => [
  append(CHAIN.egress, { matches: [NEW, UNMARKED], target: NFLOG }),
  append(CHAIN.egress, { matches: [UNMARKED], target: { kind: 'drop' } }),
];

/** The rules that let a namespace's pods that are not isolated pass. */
export const defaultAllowRules = (
  type: PolicyType,
  namespace: string,
): { readonly chain: string; readonly rule: Rule }[] => {
  const direction = type === 'Ingress' ? 'dst' : 'src';
  const matches: Match[] = [
    { kind: 'set', set: defaultAllowSet(type, namespace), directions: [direction] },
    comment(`DefaultAllow ${type.toLowerCase()} isolation for namespace: ${namespace}`),
  ];
  return targetsOf(type).map((target) => ({
    chain: type === 'Ingress' ? CHAIN.ingressDefault : CHAIN.egressDefault,
    rule: { matches, target },
  }));
};

/** A match of egress marks the packet and returns; one of ingress accepts it for good. */
export const targetsOf = (type: PolicyType): readonly Target[] =>
  type === 'Ingress' ? [ACCEPT] : [jump(CHAIN.egressAccept), RETURN];

/** The jumps into weave-npc's chains and what becomes of packets that come back, in FORWARD's order (net/bridge.go). */
export const forwardRules = (bridge: string): Rule[] => {
  const from: Match = { kind: 'in-interface', name: bridge };
  const to: Match = { kind: 'out-interface', name: bridge };
  const first = comment("NOTE: this must go before '-j KUBE-FORWARD'");
  return [
    { matches: [from, first], target: jump(CHAIN.egress) },
    { matches: [to, first], target: jump(CHAIN.ingress) },
    { matches: [to, NEW], target: NFLOG },
    { matches: [to], target: { kind: 'drop' } },
    { matches: [from, { ...to, invert: true }], target: ACCEPT },
    {
      matches: [to, { kind: 'conntrack', module: 'conntrack', states: ['RELATED', 'ESTABLISHED'] }],
      target: ACCEPT,
    },
  ];
};

/** What pods send to their own node passes egress policy too; most of it returns there at once. */
export const inputRule = (bridge: string): Rule => ({
  matches: [{ kind: 'in-interface', name: bridge }],
  target: jump(CHAIN.egress),
});

export const append = (chain: string, rule: Rule): IptablesCommand =>
  filterCommand({ op: 'append', chain, rule });

export const remove = (chain: string, rule: Rule): IptablesCommand =>
  filterCommand({ op: 'delete', chain, rule });

type ChainOperation =
  | { readonly op: 'new-chain'; readonly chain: string }
  | { readonly op: 'append' | 'delete'; readonly chain: string; readonly rule: Rule };

const filterCommand = (operation: ChainOperation): IptablesCommand => ({
  kind: 'iptables',
  family: 4,
  table: 'filter',
  ...operation,
});
