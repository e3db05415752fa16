import type { Command, Match, Rule, TableName, Target } from '@podpath/linux';
import { familyOf, type Prefix, parsePrefix } from '@podpath/net';

/** Chain of the nat table that POSTROUTING is led to. */
const MASQUERADE_CHAIN = 'FLANNEL-POSTRTG';
/** Chain of the filter table that FORWARD is led to. */
const FORWARD_CHAIN = 'FLANNEL-FWD';

const MULTICAST = { 4: parsePrefix('224.0.0.0/4'), 6: parsePrefix('ff00::/8') } as const;
const KUBE_PROXY_MARK = 0x4000;

const RETURN: Target = { kind: 'return' };
const ACCEPT: Target = { kind: 'accept' };

/**
 * Masquerading of one family (`--ip-masq`). Traffic between pods keeps its source; what leaves the pod
 * network, and what others send through this node to pods of another node, gets this node's. The jump is
 * appended, so that kube-proxy's goes first. Source: flannel pkg/trafficmngr/iptables.
 */
export function masqueradeRules(
  network: Prefix,
  subnet: Prefix,
  randomFully: boolean,
): readonly Command[] {
  const family = familyOf(network.address);
  const masquerade: Target = randomFully
    ? { kind: 'masquerade', randomFully: true }
    : { kind: 'masquerade' };
  const rules: readonly [readonly Match[], Target][] = [
    // kube-proxy marked it and will masquerade it itself.
    [[{ kind: 'mark', value: KUBE_PROXY_MARK, mask: KUBE_PROXY_MARK }], RETURN],
    [[from(subnet), to(network)], RETURN],
    [[from(network), to(subnet)], RETURN],
    [[notFrom(network), to(subnet)], RETURN],
    [[from(network), notTo(MULTICAST[family])], masquerade],
    [[notFrom(network), to(network)], masquerade],
  ];
  return chainWithJump('nat', 'POSTROUTING', MASQUERADE_CHAIN, 'flanneld masq', family, rules);
}

/** Lets the pod network through where FORWARD's policy is to drop. The policy itself is left alone. */
export function forwardRules(network: Prefix): readonly Command[] {
  const family = familyOf(network.address);
  return chainWithJump('filter', 'FORWARD', FORWARD_CHAIN, 'flanneld forward', family, [
    [[from(network)], ACCEPT],
    [[to(network)], ACCEPT],
  ]);
}

function chainWithJump(
  table: TableName,
  builtin: 'POSTROUTING' | 'FORWARD',
  chain: string,
  comment: string,
  family: 4 | 6,
  rules: readonly (readonly [readonly Match[], Target])[],
): readonly Command[] {
  const append = (to: string, matches: readonly Match[], target: Target): Command => {
    const rule: Rule = { matches: [...matches, { kind: 'comment', text: comment }], target };
    return { kind: 'iptables', family, table, op: 'append', chain: to, rule };
  };
  return [
    { kind: 'iptables', family, table, op: 'new-chain', chain },
    append(builtin, [], { kind: 'jump', chain }),
    ...rules.map(([matches, target]) => append(chain, matches, target)),
  ];
}

const from = (prefix: Prefix): Match => ({ kind: 'source', prefix });
const notFrom = (prefix: Prefix): Match => ({ kind: 'source', prefix, invert: true });
const to = (prefix: Prefix): Match => ({ kind: 'destination', prefix });
const notTo = (prefix: Prefix): Match => ({ kind: 'destination', prefix, invert: true });
