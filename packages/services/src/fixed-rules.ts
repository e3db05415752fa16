import type { Node } from '@podpath/cluster';
import type { Match } from '@podpath/linux';
import { familyOf, type Ip, type IpFamily, prefixContains } from '@podpath/net';
import type { KubeProxyOptions } from './kube-proxy-options.ts';
import {
  comment,
  hostPrefix,
  jump,
  MARK_MASQ_CHAIN,
  MASQUERADE_MARK,
  type TableWriter,
} from './rules.ts';

const LOOPBACK_NETWORK_V4 = { address: 0x7f00_0000, length: 8 } as const;
const LOOPBACK_V4 = 0x7f00_0001;
const LOOPBACK_V6 = hostPrefix(1n);

const markIsSet = { kind: 'mark', value: MASQUERADE_MARK, mask: MASQUERADE_MARK } as const;

/** What stands in KUBE-POSTROUTING and KUBE-MARK-MASQ whatever Services there are. */
export function writeMasqueradeRules(nat: TableWriter, options: KubeProxyOptions): void {
  const mark = { kind: 'mark', value: MASQUERADE_MARK } as const;
  nat.rule('KUBE-POSTROUTING', [{ ...markIsSet, invert: true }], { kind: 'return' });
  // The mark would stay on the packet through encapsulation and have the outer one masqueraded too.
  nat.rule('KUBE-POSTROUTING', [], { ...mark, mask: 0, spelling: 'xor-mark' });
  nat.rule('KUBE-POSTROUTING', [comment('kubernetes service traffic requiring SNAT')], {
    kind: 'masquerade',
    ...(options.randomFully ? { randomFully: true } : {}),
  });
  nat.rule(MARK_MASQ_CHAIN, [], { ...mark, mask: MASQUERADE_MARK, spelling: 'or-mark' });
}

/** Undoes what `route_localnet` would otherwise open: 127.0.0.0/8 reachable from the network. */
export function writeLocalnetFirewall(filter: TableWriter): void {
  filter.rule(
    'KUBE-FIREWALL',
    [
      comment('block incoming localnet connections'),
      { kind: 'destination', prefix: LOOPBACK_NETWORK_V4 },
      { kind: 'source', prefix: LOOPBACK_NETWORK_V4, invert: true },
      {
        kind: 'conntrack',
        module: 'conntrack',
        states: ['RELATED', 'ESTABLISHED', 'DNAT'],
        invert: true,
      },
    ],
    { kind: 'drop' },
  );
}

/** The end of KUBE-SERVICES: whatever was no Service address may be a NodePort of this node. */
export function writeNodePortEntry(
  nat: TableWriter,
  node: Node,
  family: IpFamily,
  options: KubeProxyOptions,
): void {
  const note = comment(
    'kubernetes service nodeports; NOTE: this must be the last rule in this chain',
  );
  for (const destination of nodePortDestinations(node, family, options)) {
    nat.rule('KUBE-SERVICES', [note, ...destination], jump('KUBE-NODEPORTS'));
  }
}

function nodePortDestinations(
  node: Node,
  family: IpFamily,
  options: KubeProxyOptions,
): readonly (readonly Match[])[] {
  const onLocalhost = family === 4 && (options.localhostNodePorts ?? true);
  const allowed = (options.nodePortAddresses ?? []).filter((p) => familyOf(p.address) === family);
  if (allowed.length === 0 || allowed.some((prefix) => prefix.length === 0)) {
    const loopback = family === 4 ? LOOPBACK_NETWORK_V4 : LOOPBACK_V6;
    return [
      [
        { kind: 'address-type', destination: { type: 'LOCAL' } },
        ...(onLocalhost
          ? []
          : [{ kind: 'destination', prefix: loopback, invert: true } satisfies Match]),
      ],
    ];
  }
  const addresses: readonly Ip[] = onLocalhost ? [...node.addresses, LOOPBACK_V4] : node.addresses;
  return addresses
    .filter((address) => allowed.some((prefix) => prefixContains(prefix, address)))
    .map((address) => [{ kind: 'destination', prefix: hostPrefix(address) }]);
}

/** KUBE-FORWARD: lets masqueraded traffic through even where FORWARD's policy is to drop. */
export function writeForwardRules(filter: TableWriter): void {
  filter.rule('KUBE-FORWARD', [{ kind: 'conntrack', module: 'conntrack', states: ['INVALID'] }], {
    kind: 'drop',
  });
  filter.rule('KUBE-FORWARD', [comment('kubernetes forwarding rules'), markIsSet], {
    kind: 'accept',
  });
  filter.rule(
    'KUBE-FORWARD',
    [
      comment('kubernetes forwarding conntrack rule'),
      { kind: 'conntrack', module: 'conntrack', states: ['RELATED', 'ESTABLISHED'] },
    ],
    { kind: 'accept' },
  );
}
