import { formatIp, formatPrefix, type Ip, type Mac, prefixOf } from '@podpath/net';
import type { Command, Program } from '../commands.ts';
import { isLinkLocal } from '../routing/address-kinds.ts';
import { subnetFor, type Uplink } from './uplinks.ts';

export const UNDERLAY = 'underlay';
export const OUTSIDE = 'outside';

/** What joins the nodes of a snapshot: a switch for each link, and a router where nodes have one. */
export interface Underlay {
  /** The switches and the router. */
  readonly base: readonly Program[];
  /** Cable from an uplink to its switch; the uplink's namespace must exist. `peer` says how its end is made. */
  join(uplink: Uplink): { readonly switchPort: string; readonly switchName: string };
  readonly uplinks: readonly Uplink[];
  /** What was assumed, for people. */
  readonly notes: readonly string[];
  readonly hasRouter: boolean;
  /** The router's MAC address for an uplink, where an address of the router's is meant. */
  routerMac(uplink: Uplink, address: Ip): Mac | undefined;
}

/** Uplinks that are taken to be on one link, with what the router has there. */
interface Segment {
  readonly name: string;
  readonly uplinks: readonly Uplink[];
  readonly gateways: readonly Ip[];
}

/** Plans it: uplinks with addresses in one subnet, or with one gateway, are on one link. */
export function planUnderlay(uplinks: readonly Uplink[]): Underlay {
  const owned = new Set(
    uplinks.flatMap((uplink) => uplink.addresses.map(({ address }) => address)),
  );
  const segments = segmentsOf(uplinks, owned);
  const segmentOf = new Map<Uplink, Segment>();
  for (const segment of segments)
    for (const uplink of segment.uplinks) segmentOf.set(uplink, segment);
  const ports = new Map(uplinks.map((uplink, index) => [uplink, `port${index}`]));
  const routed = segments.filter((segment) => segment.gateways.length > 0);
  return {
    base: [
      { namespace: UNDERLAY, commands: [...QUIET, ...segments.flatMap(switchCommands(routed))] },
      { namespace: OUTSIDE, commands: routed.flatMap(routerCommands).concat(FORWARDING) },
    ],
    join: (uplink) => ({
      switchPort: ports.get(uplink) ?? '',
      switchName: segmentOf.get(uplink)?.name ?? '',
    }),
    uplinks,
    notes: [...segments.map(describeSegment), ...routed.flatMap(describeRouter)],
    hasRouter: routed.length > 0,
    routerMac: (uplink, address) => {
      const segment = segmentOf.get(uplink);
      return segment?.gateways.includes(address) === true ? gatewayMac(segment) : undefined;
    },
  };
}

/** Groups uplinks that share a subnet or a gateway, directly or through others. */
function segmentsOf(uplinks: readonly Uplink[], owned: ReadonlySet<Ip>): readonly Segment[] {
  const groupOf = new Map<string, Uplink[]>();
  for (const uplink of uplinks) {
    const keys = keysOf(uplink, owned);
    const joined = new Set(
      keys.map((key) => groupOf.get(key)).filter((group) => group !== undefined),
    );
    const [largest = [], ...others] = [...joined].sort((a, b) => b.length - a.length);
    for (const moved of [uplink, ...others.flat()]) {
      largest.push(moved);
      for (const key of keysOf(moved, owned)) groupOf.set(key, largest);
    }
  }
  return [...new Set(groupOf.values())].map((members, index) => ({
    name: `switch${index}`,
    uplinks: members,
    gateways: [...new Set(members.flatMap((uplink) => uplink.gateways))].filter(
      (gateway) => !owned.has(gateway),
    ),
  }));
}

const keysOf = (uplink: Uplink, owned: ReadonlySet<Ip>): readonly string[] => [
  // One that shares nothing is a group, too.
  `${uplink.node} ${uplink.link.name}`,
  ...uplink.addresses
    .filter(({ address, length }) => length < bitsOf(address))
    .map(({ address, length }) => formatPrefix(prefixOf(address, length))),
  // Every router may have the same link-local address.
  ...uplink.gateways
    .filter((gateway) => !owned.has(gateway) && !isLinkLocal(gateway))
    .map(formatIp),
];

const bitsOf = (address: Ip): number => (typeof address === 'number' ? 32 : 128);

/** The switches forward frames; the host they run on has no say in what these carry. */
const QUIET: readonly Command[] = [
  { kind: 'sysctl', key: 'net.bridge.bridge-nf-call-iptables', value: 0 },
  { kind: 'sysctl', key: 'net.bridge.bridge-nf-call-ip6tables', value: 0 },
];

const FORWARDING: readonly Command[] = [
  { kind: 'sysctl', key: 'net.ipv4.ip_forward', value: 1 },
  { kind: 'sysctl', key: 'net.ipv6.conf.all.forwarding', value: 1 },
];

const switchCommands =
  (routed: readonly Segment[]) =>
  (segment: Segment): readonly Command[] => {
    const { name } = segment;
    const made: Command[] = [
      { kind: 'link-add', type: 'bridge', name },
      { kind: 'link-set', dev: name, up: true },
    ];
    const router = routed.indexOf(segment);
    if (router < 0) return made;
    const port = router === 0 ? 'outside' : `outside${router}`;
    const mac = gatewayMac(segment);
    made.push(
      {
        kind: 'link-add',
        type: 'veth',
        name: port,
        peer: {
          name: `eth${router}`,
          namespace: OUTSIDE,
          ...(mac === undefined ? {} : { mac }),
          mtuBytes: largestMtu(segment),
        },
        mtuBytes: largestMtu(segment),
      },
      { kind: 'link-set', dev: port, master: name, up: true },
    );
    return made;
  };

const largestMtu = ({ uplinks }: Segment): number =>
  Math.max(1500, ...uplinks.map(({ link }) => link.mtuBytes));

/** The MAC that most nodes have for the router. */
function gatewayMac(segment: Segment): Mac | undefined {
  const votes = new Map<Mac, number>();
  for (const mac of macsOf(segment)) votes.set(mac, (votes.get(mac) ?? 0) + 1);
  return [...votes].sort(([, a], [, b]) => b - a)[0]?.[0];
}

const macsOf = ({ uplinks, gateways }: Segment): readonly Mac[] =>
  uplinks.flatMap(({ gatewayMacs }) =>
    [...gatewayMacs].filter(([gateway]) => gateways.includes(gateway)).map(([, mac]) => mac),
  );

/** The router has the gateways' addresses, in the nodes' subnets where they are in one, and knows lone nodes by heart. */
function routerCommands(segment: Segment, index: number): readonly Command[] {
  const dev = `eth${index}`;
  const commands: Command[] = [{ kind: 'link-set', dev, up: true }];
  const subnets = segment.gateways.map(
    (gateway) => [gateway, subnetFor(segment.uplinks, gateway)?.length] as const,
  );
  for (const [gateway, subnetLength] of subnets) {
    const length = isLinkLocal(gateway) ? 64 : (subnetLength ?? bitsOf(gateway));
    commands.push({ kind: 'address-add', dev, address: { address: gateway, length } });
  }
  for (const { addresses } of segment.uplinks) {
    for (const { address, length } of addresses) {
      const near = subnets.some(
        ([gateway, subnetLength]) =>
          typeof gateway === typeof address &&
          subnetLength === length &&
          prefixOf(address, length).address === prefixOf(gateway, length).address,
      );
      if (near) continue;
      const dst = { address, length: bitsOf(address) };
      commands.push({ kind: 'route-replace', route: { dst, dev, scope: 'link' } });
    }
  }
  return commands;
}

function describeSegment({ uplinks, gateways }: Segment): string {
  const places = uplinks.map(({ node, link }) => `${link.name} of ${node}`);
  const shown = places.length > 5 ? [...places.slice(0, 4), `${places.length - 4} more`] : places;
  const router =
    gateways.length === 0 ? '' : `, with a router at ${gateways.map(formatIp).join(', ')}`;
  return `taken to be on one link: ${shown.join(', ')}${router}`;
}

function describeRouter(segment: Segment): readonly string[] {
  return new Set(macsOf(segment)).size < 2
    ? []
    : ['the nodes have several MAC addresses for their router; the one that most have is taken'];
}
