import type { BuiltinChain, Command, Match, TableName } from '@podpath/linux';
import type { IpFamily } from '@podpath/net';
import { comment, jump } from './rules.ts';

interface Jump {
  readonly table: TableName;
  readonly from: readonly BuiltinChain[];
  readonly to: string;
  /** Only the first packet of a connection needs to go there. */
  readonly newOnly: boolean;
  readonly comment?: string;
}

const SERVICE_PORTALS = 'kubernetes service portals';

/**
 * In the order in which kube-proxy ensures them. Each goes to the head of its chain, so the last
 * one ensured is the first one walked. Source: kubernetes pkg/proxy/iptables/proxier.go.
 */
const JUMPS: readonly Jump[] = [
  {
    table: 'filter',
    from: ['INPUT', 'FORWARD'],
    to: 'KUBE-EXTERNAL-SERVICES',
    newOnly: true,
    comment: 'kubernetes externally-visible service portals',
  },
  {
    table: 'filter',
    from: ['INPUT'],
    to: 'KUBE-NODEPORTS',
    newOnly: false,
    comment: 'kubernetes health check service ports',
  },
  {
    table: 'filter',
    from: ['FORWARD', 'OUTPUT'],
    to: 'KUBE-SERVICES',
    newOnly: true,
    comment: SERVICE_PORTALS,
  },
  {
    table: 'filter',
    from: ['FORWARD'],
    to: 'KUBE-FORWARD',
    newOnly: false,
    comment: 'kubernetes forwarding rules',
  },
  {
    table: 'filter',
    from: ['INPUT', 'OUTPUT', 'FORWARD'],
    to: 'KUBE-PROXY-FIREWALL',
    newOnly: true,
    comment: 'kubernetes load balancer firewall',
  },
  {
    table: 'nat',
    from: ['OUTPUT', 'PREROUTING'],
    to: 'KUBE-SERVICES',
    newOnly: false,
    comment: SERVICE_PORTALS,
  },
  {
    table: 'nat',
    from: ['POSTROUTING'],
    to: 'KUBE-POSTROUTING',
    newOnly: false,
    comment: 'kubernetes postrouting rules',
  },
  // Shared with the kubelet, which makes the same chain and jumps.
  { table: 'filter', from: ['INPUT', 'OUTPUT'], to: 'KUBE-FIREWALL', newOnly: false },
];

/** An empty chain: that it is gone tells kube-proxy that someone flushed the table. */
const CANARY = 'KUBE-PROXY-CANARY';

/** The chains that built-in chains lead to, and the jumps there. */
export function jumpCommands(family: IpFamily): readonly Command[] {
  const commands: Command[] = [];
  const newChain = (table: TableName, chain: string) =>
    commands.push({ kind: 'iptables', family, table, op: 'new-chain', chain });
  for (const table of ['mangle', 'nat', 'filter'] as const) newChain(table, CANARY);
  for (const { table, from, to, newOnly, comment: text } of JUMPS) {
    newChain(table, to);
    const matches: readonly Match[] = [
      ...(newOnly ? [NEW_CONNECTION] : []),
      ...(text === undefined ? [] : [comment(text)]),
    ];
    for (const chain of from) {
      const rule = { matches, target: jump(to) };
      commands.push({ kind: 'iptables', family, table, op: 'insert', chain, index: 1, rule });
    }
  }
  return commands;
}

const NEW_CONNECTION: Match = { kind: 'conntrack', module: 'conntrack', states: ['NEW'] };
