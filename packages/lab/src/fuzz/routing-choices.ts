import type { Command, NextHopSpec, RouteSpec, RouteType, RuleSpec } from '@podpath/linux';
import { familyOf, type Ip, type IpFamily, type Prefix, parseIp, prefixOf } from '@podpath/net';
import { type Plan, serviceAddress } from './plan.ts';

const bits = (family: IpFamily): number => (family === 4 ? 32 : 128);
const FAR = { 4: parseIp('203.0.113.7'), 6: parseIp('2001:db8::7') } as const;

/** Adds routes, rules, neighbours and sysctls to namespaces at random. */
export function addRoutingChoices(plan: Plan): void {
  const { random } = plan;
  for (const namespace of plan.namespaces) {
    if (random.chance(0.5)) addRoutes(plan, namespace);
    if (random.chance(0.2)) addRules(plan, namespace);
    if (random.chance(0.4)) addSysctls(plan, namespace);
    if (random.chance(0.12)) addNeighbour(plan, namespace);
    if (random.chance(0.06)) addDisturbance(plan, namespace);
  }
}

const ROUTE_TYPES: readonly (readonly [number, RouteType])[] = [
  [8, 'unicast'],
  [1, 'blackhole'],
  [1, 'unreachable'],
  [1, 'prohibit'],
  [1, 'throw'],
];

function addRoutes(plan: Plan, namespace: string): void {
  const { random } = plan;
  for (let count = random.between(1, 3); count > 0; count--) {
    const family = random.pick(plan.families);
    const type = random.weighted(ROUTE_TYPES);
    const kind = random.weighted([
      [8, 'route-add'],
      [1, 'route-append'],
      [1, 'route-replace'],
      [1, 'route-delete'],
    ] as const);
    const table = random.chance(0.3) ? { table: random.pick([100, 101]) } : {};
    const metric = random.chance(0.25) ? { metric: random.pick([1, 20, 100, 2000]) } : {};
    const common = { dst: destinationPrefix(plan, family), ...table, ...metric };
    const several =
      plan.wild && type === 'unicast' && kind !== 'route-delete' && random.chance(0.08);
    const route = several
      ? multipath(plan, namespace, family, common)
      : type === 'unicast'
        ? unicast(plan, namespace, family, common)
        : { ...common, type };
    plan.apply(namespace, { kind, route });
    plan.use(`route ${type}`);
    if (kind !== 'route-add') plan.use(kind.replace('-', ' '));
  }
}

function unicast(
  plan: Plan,
  namespace: string,
  family: IpFamily,
  common: Pick<RouteSpec, 'dst' | 'table' | 'metric'>,
): RouteSpec {
  const { random } = plan;
  const devices = plan.devicesOf(namespace);
  const dev = devices.length === 0 ? 'lo' : random.pick(devices).name;
  const own = plan.addressesOf(family, namespace);
  const src = random.chance(0.15) && own.length > 0 ? { src: random.pick(own).address } : {};
  const mtu = random.chance(0.05) ? { mtuBytes: 1300 } : {};
  if (random.chance(0.35)) return { ...common, ...src, ...mtu, dev, scope: 'link' };
  const others = plan.addressesOf(family).filter((each) => each.namespace !== namespace);
  const via = others.length === 0 || random.chance(0.1) ? FAR[family] : random.pick(others).address;
  const onlink = random.chance(0.2) ? { onlink: true } : {};
  const named = random.chance(0.5) || 'onlink' in onlink ? { dev } : {};
  if ('onlink' in onlink) plan.use('route onlink');
  return { ...common, via, ...named, ...onlink, ...src, ...mtu };
}

/** Two or three next hops, some of them heavier than others. */
function multipath(
  plan: Plan,
  namespace: string,
  family: IpFamily,
  common: Pick<RouteSpec, 'dst' | 'table' | 'metric'>,
): RouteSpec {
  const { random } = plan;
  const hops = random.list(random.between(2, 3), (): NextHopSpec => {
    const { via, dev } = hopOf(plan, namespace, family, common);
    const weight = random.chance(0.3) ? { weight: random.between(2, 4) } : {};
    const way = dev === undefined ? {} : { dev };
    return via === undefined ? { ...way, ...weight } : { via, ...way, ...weight };
  });
  plan.use('route with several next hops');
  return { ...common, nexthops: hops };
}

/** IPv6 has next hops that are but devices by another interface only. */
function hopOf(
  plan: Plan,
  namespace: string,
  family: IpFamily,
  common: Pick<RouteSpec, 'dst' | 'table' | 'metric'>,
): RouteSpec {
  const route = unicast(plan, namespace, family, common);
  return family === 6 && route.via === undefined ? { ...route, via: FAR[6] } : route;
}

/** A prefix that flows have to do with, of any length. */
export function destinationPrefix(plan: Plan, family: IpFamily): Prefix {
  const { random } = plan;
  const subnets = plan.subnets.filter(({ address }) => familyOf(address) === family);
  return random.weighted<() => Prefix>([
    [3, () => random.pick(subnets)],
    [3, () => ({ address: anyAddress(plan, family), length: bits(family) })],
    [1, () => ({ address: family === 4 ? 0 : 0n, length: 0 })],
    [2, () => prefixOf(anyAddress(plan, family), random.between(8, bits(family)))],
  ])();
}

export function anyAddress(plan: Plan, family: IpFamily): Ip {
  const { random } = plan;
  const known = plan.addressesOf(family);
  return random.weighted<() => Ip>([
    [known.length === 0 ? 0 : 6, () => random.pick(known).address],
    [1, () => serviceAddress(family, random.between(1, 3))],
    [1, () => FAR[family]],
  ])();
}

function addRules(plan: Plan, namespace: string): void {
  const { random } = plan;
  const family = random.pick(plan.families);
  const { from, to } = {
    from: random.chance(0.5) ? { from: destinationPrefix(plan, family) } : {},
    to: random.chance(0.3) ? { to: destinationPrefix(plan, family) } : {},
  };
  const rule: RuleSpec = {
    family,
    priority: random.pick([10, 100, 200, 32767, 40000]),
    ...from,
    ...to,
    ...(random.chance(0.3)
      ? { fwmark: { value: random.pick([0x10, 0x1]), mask: random.pick([0xff, 0x10]) } }
      : {}),
    ...(random.chance(0.2)
      ? { iif: random.pick(['lo', ...plan.devicesOf(namespace).map(({ name }) => name)]) }
      : {}),
    ...(random.chance(0.1) ? { not: true } : {}),
    action: random.weighted<RuleSpec['action']>([
      [6, { kind: 'lookup', table: random.pick([100, 101, 254]) }],
      [1, { kind: 'blackhole' }],
      [1, { kind: 'unreachable' }],
      [1, { kind: 'prohibit' }],
    ]),
  };
  plan.apply(namespace, { kind: 'rule-add', rule });
  plan.use('rule');
}

const FLAGS = [0, 1] as const;

function addSysctls(plan: Plan, namespace: string): void {
  const { random } = plan;
  const scopes = ['all', ...plan.devicesOf(namespace).map(({ name }) => name)];
  for (let count = random.between(1, 3); count > 0; count--) {
    const conf = (name: string): string => `net.ipv4.conf.${random.pick(scopes)}.${name}`;
    const [key, values] = random.weighted<readonly [string, readonly number[]]>([
      [4, [conf('rp_filter'), [0, 1, 2]]],
      [2, [conf('proxy_arp'), FLAGS]],
      [1, [conf('proxy_arp_pvlan'), FLAGS]],
      [2, [conf('arp_ignore'), [0, 1, 2, 3, 8]]],
      [1, [conf('arp_announce'), [0, 1, 2]]],
      [1, [conf('arp_filter'), FLAGS]],
      [1, [conf('accept_local'), FLAGS]],
      [1, [conf('route_localnet'), FLAGS]],
      [1, [conf('forwarding'), FLAGS]],
      [1, [conf('src_valid_mark'), FLAGS]],
      [3, ['net.bridge.bridge-nf-call-iptables', FLAGS]],
      [2, ['net.bridge.bridge-nf-call-ip6tables', FLAGS]],
      [1, ['net.ipv4.ip_default_ttl', [2, 64, 255]]],
      [1, ['net.ipv4.icmp_echo_ignore_all', FLAGS]],
      [1, ['net.ipv4.fwmark_reflect', FLAGS]],
      [1, ['net.netfilter.nf_conntrack_tcp_loose', FLAGS]],
      [1, ['net.ipv4.ip_forward', FLAGS]],
    ]);
    plan.apply(namespace, { kind: 'sysctl', key, value: random.pick(values) });
    plan.use(`sysctl ${key.slice(key.lastIndexOf('.') + 1)}`);
  }
}

function addNeighbour(plan: Plan, namespace: string): void {
  const { random } = plan;
  const family = random.pick(plan.families);
  const devices = plan.devicesOf(namespace);
  if (devices.length === 0) return;
  const mac = random.chance(0.5) ? 0x02ff_ffff_ff01 : 0x0200_0000_0000 + random.between(1, 8);
  plan.apply(namespace, {
    ...{
      kind: 'neighbour-replace',
      dev: random.pick(devices).name,
      address: anyAddress(plan, family),
      mac,
    },
    state: random.pick(['permanent', 'noarp', 'reachable']),
  });
  plan.use('neighbour entry');
}

/** Something goes, or goes down and comes back. */
function addDisturbance(plan: Plan, namespace: string): void {
  const { random } = plan;
  const devices = plan.devicesOf(namespace);
  if (devices.length === 0) return;
  const dev = random.pick(devices).name;
  const own = plan.addresses.filter((each) => each.namespace === namespace && each.device === dev);
  const commands = random.weighted<readonly Command[]>([
    [2, [{ kind: 'link-set', dev, up: false }]],
    [
      2,
      [
        { kind: 'link-set', dev, up: false },
        { kind: 'link-set', dev, up: true },
      ],
    ],
    [1, [{ kind: 'link-set', dev, mtuBytes: 1400 }]],
    [1, [{ kind: 'link-delete', dev }]],
    [
      own.length === 0 ? 0 : 2,
      own.slice(0, 1).map(({ address, length }) => ({
        kind: 'address-delete',
        dev,
        address: { address, length },
      })),
    ],
  ]);
  plan.apply(namespace, ...commands);
  plan.use('disturbance');
}
