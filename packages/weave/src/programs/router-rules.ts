import type { Command, IptablesCommand, Match, Rule, TableName, Target } from '@podpath/linux';
import { type Ipv4Prefix, parsePrefix } from '@podpath/net';
import { NO_MASQ_LOCAL } from '../ipam/no-masq-local.ts';
import { forwardRules, inputRule } from '../npc/chains.ts';
import { BRIDGE } from './device-names.ts';

/** Chain of the router's rules in `nat`. */
const NAT_CHAIN = 'WEAVE';
/** An empty chain: when it is gone, somebody has flushed the tables. */
const CANARY = 'WEAVE-CANARY';
/** TCP port of the HTTP API, which answers on loopback only. */
const CONTROL_PORT = 6784;

const LOOPBACK = parsePrefix('127.0.0.1/32');
const MULTICAST = parsePrefix('224.0.0.0/4');
const RETURN: Target = { kind: 'return' };
const MASQUERADE: Target = { kind: 'masquerade' };

/**
 * The router's own rules: it leads forwarded packets to weave-npc ahead of whatever is in FORWARD already,
 * and keeps the control port to the host (weave, net/bridge.go and prog/weaver).
 */
export const filterCommands = (): IptablesCommand[] => [
  ...(['mangle', 'nat', 'filter'] satisfies TableName[]).map((table) => newChain(table, CANARY)),
  append('filter', 'INPUT', {
    matches: [
      { kind: 'destination', prefix: LOOPBACK },
      { kind: 'protocol', protocol: 'tcp' },
      {
        kind: 'port',
        protocol: 'tcp',
        side: 'destination',
        first: CONTROL_PORT,
        last: CONTROL_PORT,
      },
      { kind: 'address-type', source: { type: 'LOCAL', invert: true } },
      {
        kind: 'conntrack',
        module: 'conntrack',
        states: ['RELATED', 'ESTABLISHED'],
        invert: true,
      },
      { kind: 'comment', text: 'Block non-local access to Weave Net control port' },
    ],
    target: { kind: 'drop' },
  }),
  append('filter', 'INPUT', inputRule(BRIDGE)),
  ...forwardRules(BRIDGE).map(
    (rule, at): IptablesCommand => ({
      ...inTable('filter'),
      op: 'insert',
      chain: 'FORWARD',
      index: at + 1,
      rule,
    }),
  ),
];

/** Masquerading between the pods' network and the rest; `owned` are the prefixes of this node's addresses. */
export const natCommands = (
  subnet: Ipv4Prefix,
  owned: readonly Ipv4Prefix[] | undefined,
): Command[] => {
  const from = (invert: boolean): Match => ({
    kind: 'source',
    prefix: subnet,
    ...(invert ? { invert } : {}),
  });
  const to = (invert: boolean): Match => ({
    kind: 'destination',
    prefix: subnet,
    ...(invert ? { invert } : {}),
  });
  const rules: Rule[] = [
    { matches: [from(false), { kind: 'destination', prefix: MULTICAST }], target: RETURN },
    { matches: [to(false), from(true)], target: MASQUERADE },
    { matches: [from(false), to(true)], target: MASQUERADE },
  ];
  return [
    newChain('nat', NAT_CHAIN),
    append('nat', 'POSTROUTING', { matches: [], target: { kind: 'jump', chain: NAT_CHAIN } }),
    ...(owned === undefined ? [] : spareLocalPods(owned)),
    ...rules.map((rule) => append('nat', NAT_CHAIN, rule)),
  ];
};

/** Outside traffic that came to the node of its pod can be answered from here, so its source may stay. */
const spareLocalPods = (owned: readonly Ipv4Prefix[]): Command[] => [
  { kind: 'ipset', op: 'create', set: NO_MASQ_LOCAL, type: 'hash:net', family: 4 },
  ...owned.map(
    (prefix): Command => ({
      kind: 'ipset',
      op: 'add',
      set: NO_MASQ_LOCAL,
      entry: { kind: 'net', prefix },
    }),
  ),
  append('nat', NAT_CHAIN, {
    matches: [
      { kind: 'set', set: NO_MASQ_LOCAL, directions: ['dst'] },
      { kind: 'comment', text: 'Prevent SNAT to locally running containers' },
    ],
    target: RETURN,
  }),
];

const inTable = (table: TableName) => ({ kind: 'iptables', family: 4, table }) as const;

const newChain = (table: TableName, chain: string): IptablesCommand => ({
  ...inTable(table),
  op: 'new-chain',
  chain,
});

const append = (table: TableName, chain: string, rule: Rule): IptablesCommand => ({
  ...inTable(table),
  op: 'append',
  chain,
  rule,
});
