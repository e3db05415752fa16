import type { Node, Pod } from '@podpath/cluster';
import type { IpsetCommand, IpsetEntry, IpsetType } from '@podpath/linux';
import { familyOf, type Ip, type IpFamily, parseIp } from '@podpath/net';
import type { ActivePolicies } from '../active/active-policies.ts';
import { type IpsetMembers, netEntry, prefixEntries } from '../active/ipset-members.ts';
import { activePolicies } from '../active/node-chains.ts';
import { ipsetName, type StaticIpsetId } from '../names/ipset-names.ts';
import type { IpsetContent } from '../policies/scan-rules.ts';
import { type CalicoPlan, isOfFamily, nodeAddress } from './calico-plan.ts';
import type { VxlanRoutes } from './vxlan-routes.ts';

const MAX_ELEMENTS = 1_048_576;
const LOOPBACK = { 4: parseIp('127.0.0.1'), 6: parseIp('::1') } as const;

/** A set and its members: made, then filled. */
const ipsetCommands = (
  set: string,
  type: IpsetType,
  family: IpFamily,
  entries: readonly IpsetEntry[],
): readonly IpsetCommand[] => [
  { kind: 'ipset', set, op: 'create', type, family, maxElements: MAX_ELEMENTS },
  ...entries.map((entry): IpsetCommand => ({ kind: 'ipset', set, op: 'add', entry })),
];

/** The sets that every node has whatever the policies are. */
export const staticIpsetCommands = (
  node: Node,
  family: IpFamily,
  plan: CalicoPlan,
  routes: VxlanRoutes,
): readonly IpsetCommand[] => {
  const make = (id: StaticIpsetId, type: IpsetType, entries: readonly IpsetEntry[]) =>
    ipsetCommands(ipsetName(family, id), type, family, entries);
  const nodes = [...plan.cluster.nodes.values()];
  const addressesOf = (some: readonly Node[]): readonly Ip[] =>
    some.flatMap((one) => nodeAddress(one, family) ?? []);
  const peers = nodes.filter(
    (other) => other !== node && routes.tunnelOf(other, family) !== undefined,
  );
  const pools = plan.pools.filter(isOfFamily(family));
  const own = node.addresses.filter((address) => familyOf(address) === family);
  const tunnel = routes.tunnelOf(node, family);
  return [
    ...make('all-hosts-net', 'hash:net', addressesOf(nodes).map(netEntry)),
    ...make('all-vxlan-net', 'hash:net', addressesOf(peers).map(netEntry)),
    ...make(
      'this-host',
      'hash:ip',
      [LOOPBACK[family], ...own, ...(tunnel === undefined ? [] : [tunnel])].map(
        (address): IpsetEntry => ({ kind: 'ip', address }),
      ),
    ),
    ...make(
      'masq-ipam-pools',
      'hash:net',
      pools.filter((pool) => pool.natOutgoing).flatMap((pool) => prefixEntries(pool.cidr)),
    ),
    ...make(
      'network-ip-pools',
      'hash:net',
      pools.flatMap((pool) => prefixEntries(pool.cidr)),
    ),
    ...make('dscp-src-net', 'hash:net', []),
  ];
};

/** The sets that the policies of a node's pods refer to, with members from the whole cluster. */
export const policyIpsetCommands = (
  pods: readonly Pod[],
  family: IpFamily,
  policies: ActivePolicies,
  members: IpsetMembers,
): readonly IpsetCommand[] => {
  const contents = new Map<string, IpsetContent>();
  for (const policy of activePolicies(pods, policies)) {
    for (const { ipsets } of [...policy.ingress, ...policy.egress]) {
      for (const content of ipsets) contents.set(content.id, content);
    }
  }
  return [...contents.values()].flatMap((content) =>
    ipsetCommands(
      ipsetName(family, content.id),
      content.kind === 'selector' || content.kind === 'service' ? 'hash:net' : 'hash:ip,port',
      family,
      members.of(content, family),
    ),
  );
};
