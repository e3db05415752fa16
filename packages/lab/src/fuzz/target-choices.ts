import type { RejectType, Target } from '@podpath/linux';
import { parseIp } from '@podpath/net';
import type { RulePlace } from './match-choices.ts';
import type { Plan } from './plan.ts';
import { PORTS } from './ports.ts';
import { anyAddress } from './routing-choices.ts';

/** A target for one rule; `undefined`: it only counts. `ports` says that the rule is for TCP or UDP. */
export function targetFor(
  plan: Plan,
  place: RulePlace,
  chains: readonly string[],
  protocol: string | number | undefined,
): Target | undefined {
  const { random } = plan;
  const jumps = chains.filter((chain) => chain !== place.chain);
  const target = random.weighted<() => Target | undefined>([
    [3, () => undefined],
    [
      jumps.length === 0 ? 0 : 2,
      () => ({ kind: random.chance(0.8) ? 'jump' : 'goto', chain: random.pick(jumps) }),
    ],
    [1.5, () => ({ kind: 'accept' })],
    [1, () => ({ kind: 'return' })],
    [
      0.3,
      () =>
        random.pick<Target>([
          { kind: 'log', prefix: 'seen: ' },
          { kind: 'nflog', group: 3, prefix: 'seen' },
        ]),
    ],
    [4, () => ownTarget(plan, place, protocol)],
  ])();
  if (target !== undefined) plan.use(`target ${target.kind}`);
  return target;
}

function ownTarget(
  plan: Plan,
  place: RulePlace,
  protocol: string | number | undefined,
): Target | undefined {
  const { random } = plan;
  const { table, family } = place;
  const hasPorts = protocol === 'tcp' || protocol === 'udp';
  switch (table) {
    case 'filter':
      return random.weighted<Target>([
        [2, { kind: 'drop' }],
        [2, { kind: 'reject', with: rejection(plan, family, protocol) }],
      ]);
    case 'mangle':
      return random.weighted<Target>([
        [4, markTarget(plan)],
        [1, { kind: 'connmark-save', mask: random.pick([0xffff_ffff, 0xff]) }],
        [1, { kind: 'connmark-restore', mask: random.pick([0xffff_ffff, 0xff]) }],
        [0.5, { kind: 'drop' }],
      ]);
    case 'raw':
      return random.weighted<Target>([
        [2, { kind: 'notrack' }],
        [0.5, zoneTarget(plan)],
        [0.3, { kind: 'drop' }],
      ]);
    case 'nat':
      return natTarget(plan, place, hasPorts);
  }
}

/** Few zones, so that flows meet in one now and then. */
const zoneTarget = ({ random }: Plan): Target => ({
  kind: 'ct',
  zone: random.pick([1, 2, 'mark'] as const),
  ...(random.chance(0.3) ? { zoneDirection: random.pick(['original', 'reply'] as const) } : {}),
});

function markTarget(plan: Plan): Target {
  const { random } = plan;
  const spelling = random.pick([
    'set-xmark',
    'set-mark',
    'or-mark',
    'and-mark',
    'xor-mark',
  ] as const);
  const [value, mask] = random.pick([
    [0x10, 0x10],
    [0x1, 0xff],
    [0x4000, 0x4000],
    [0x3, 0xffff_ffff],
  ] as const);
  return spelling === 'set-xmark'
    ? { kind: 'mark', value, mask, spelling }
    : { kind: 'mark', value, mask };
}

const REJECTIONS: Record<4 | 6, readonly RejectType[]> = {
  4: [
    'icmp-net-unreachable',
    'icmp-host-unreachable',
    'icmp-proto-unreachable',
    'icmp-port-unreachable',
    'icmp-net-prohibited',
    'icmp-host-prohibited',
    'icmp-admin-prohibited',
  ],
  6: ['icmp6-no-route', 'icmp6-adm-prohibited', 'icmp6-addr-unreachable', 'icmp6-port-unreachable'],
};

const rejection = (plan: Plan, family: 4 | 6, protocol: string | number | undefined): RejectType =>
  protocol === 'tcp' && plan.random.chance(0.5)
    ? 'tcp-reset'
    : plan.random.pick(REJECTIONS[family]);

function onePort({ random }: Plan): { readonly first: number; readonly last: number } {
  const port = random.pick(PORTS);
  return { first: port, last: port };
}

/** One port, or the first of a range that is free. */
function someOfPorts(plan: Plan): { readonly port: number; readonly lastPort?: number } {
  const port = plan.random.pick(PORTS);
  if (plan.random.chance(0.7)) return { port };
  plan.use('range of destination ports');
  return { port, lastPort: port + plan.random.between(1, 3) };
}

/** A range that sockets' ports are in, and stay where they are; or one port for all. */
function sourcePorts(plan: Plan): { readonly first: number; readonly last: number } {
  const { random } = plan;
  plan.use('range of source ports');
  return random.chance(0.6) ? { first: 40_000, last: 41_000 } : onePort(plan);
}

/** Only what leaves nothing to chance: ports are kept, or one is given. */
function natTarget(
  plan: Plan,
  { family, chain }: RulePlace,
  hasPorts: boolean,
): Target | undefined {
  const { random } = plan;
  const withPort = hasPorts && random.chance(0.5);
  const destination: Target = {
    ...{
      kind: 'dnat',
      address: random.chance(0.9)
        ? anyAddress(plan, family)
        : parseIp(family === 4 ? '127.0.0.1' : '::1'),
    },
    ...(withPort ? someOfPorts(plan) : {}),
  };
  const ports = hasPorts && random.chance(0.3) ? { ports: sourcePorts(plan) } : {};
  const source: Target = { kind: 'snat', address: anyAddress(plan, family), ...ports };
  switch (chain) {
    case 'PREROUTING':
    case 'OUTPUT':
      if (random.chance(0.8)) return destination;
      return { kind: 'redirect', ...(withPort ? { ports: onePort(plan) } : {}) };
    case 'INPUT':
      return source;
    case 'POSTROUTING':
      return random.chance(0.5) ? source : { kind: 'masquerade', ...ports };
    default:
      return undefined;
  }
}
