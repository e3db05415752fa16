import type { AddressType, Match } from '@podpath/linux';
import { familyOf, type IpFamily, prefixOf } from '@podpath/net';
import type { Plan } from './plan.ts';
import { PORTS } from './ports.ts';
import { anyAddress } from './routing-choices.ts';

/** Where a rule is going to stand. */
export interface RulePlace {
  readonly namespace: string;
  readonly family: IpFamily;
  readonly table: 'raw' | 'mangle' | 'nat' | 'filter';
  /** A built-in chain, or one that rules jump to. */
  readonly chain: string;
  /** ipsets of the family that a rule may name. */
  readonly sets: readonly { readonly name: string; readonly dimensions: number }[];
}

type Choice = (plan: Plan, place: RulePlace) => readonly Match[];

/** Matches for one rule: few, in an order that iptables takes. */
export function matchesFor(plan: Plan, place: RulePlace): readonly Match[] {
  const { random } = plan;
  const matches: Match[] = [];
  const taken = new Set<Choice>();
  for (
    let count = random.weighted([
      [2, 0],
      [4, 1],
      [3, 2],
      [1, 3],
    ]);
    count > 0;
    count--
  ) {
    const choice = random.weighted(CHOICES);
    if (taken.has(choice)) continue;
    taken.add(choice);
    matches.push(...choice(plan, place));
  }
  for (const { kind } of matches) plan.use(`match ${kind}`);
  return matches;
}

const maybeInverted = (plan: Plan): { readonly invert?: true } =>
  plan.random.chance(0.2) ? { invert: true } : {};

const someone: Choice = (plan, { family }) => {
  const { random } = plan;
  const kind = random.pick(['source', 'destination'] as const);
  const whole = family === 4 ? 32 : 128;
  const subnets = plan.subnets.filter(({ address }) => familyOf(address) === family);
  const prefix = random.chance(0.5)
    ? prefixOf(anyAddress(plan, family), random.chance(0.8) ? whole : random.between(1, whole))
    : random.pick(subnets);
  return [{ kind, prefix, ...maybeInverted(plan) }];
};

const device: Choice = (plan, { namespace, chain }) => {
  const { random } = plan;
  const kinds = [
    ...(chain === 'OUTPUT' || chain === 'POSTROUTING' ? [] : (['in-interface'] as const)),
    ...(chain === 'INPUT' || chain === 'PREROUTING' ? [] : (['out-interface'] as const)),
  ];
  const names = ['lo', 'e+', 'v+', ...plan.devicesOf(namespace).map(({ name }) => name)];
  return [{ kind: random.pick(kinds), name: random.pick(names), ...maybeInverted(plan) }];
};

const transport: Choice = (plan, { family }) => {
  const { random } = plan;
  const protocol = random.pick(['tcp', 'udp', 'icmp'] as const);
  if (protocol === 'icmp') {
    const name = family === 4 ? 'icmp' : 'ipv6-icmp';
    const type = random.pick(family === 4 ? [8, 0, 3, 11] : [128, 129, 1, 3]);
    const icmp: Match = {
      ...{ kind: 'icmp', version: family, type, ...maybeInverted(plan) },
      ...(type === 3 && random.chance(0.5) ? { code: random.pick([0, 1, 3]) } : {}),
    };
    return [{ kind: 'protocol', protocol: name }, ...(random.chance(0.5) ? [icmp] : [])];
  }
  const first = random.pick(PORTS);
  const last = random.chance(0.7) ? first : first + random.between(1, 9000);
  const side = random.chance(0.8) ? 'destination' : 'source';
  const detail = random.weighted<readonly Match[]>([
    [2, []],
    [5, [{ kind: 'port', protocol, side, first, last, ...maybeInverted(plan) }]],
    [
      2,
      [
        {
          ...{ kind: 'multiport', side: random.pick(['source', 'destination', 'either']) },
          ranges: [
            { first, last },
            { first: 9999, last: 9999 },
          ],
          ...maybeInverted(plan),
        },
      ],
    ],
    [1, [{ kind: 'protocol-module', protocol }]],
    [
      protocol === 'tcp' ? 2 : 0,
      [
        {
          kind: 'tcp-flags',
          mask: random.pick([2, 18, 22, 23, 63]),
          compare: random.pick([0, 2, 4, 18]),
          ...maybeInverted(plan),
        },
      ],
    ],
  ]);
  return [{ kind: 'protocol', protocol }, ...detail];
};

const otherProtocol: Choice = (plan, { family }) => [
  {
    ...{
      kind: 'protocol',
      protocol: plan.random.pick(['tcp', 'udp', family === 4 ? 'icmp' : 'ipv6-icmp', 132, 99]),
    },
    ...maybeInverted(plan),
  },
];

const mark: Choice = (plan) => {
  const { random } = plan;
  const [value, mask] = random.pick([
    [0x10, 0x10],
    [0, 0xffff_ffff],
    [0x1, 0xff],
    [0x4000, 0x4000],
  ] as const);
  return [{ kind: random.pick(['mark', 'connmark']), value, mask, ...maybeInverted(plan) }];
};

const state: Choice = (plan, { table }) => {
  const { random } = plan;
  const names = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const;
  const module = random.chance(0.8) ? 'conntrack' : 'state';
  const first = random.pick(names);
  const states = random.chance(0.4) ? [...new Set([first, random.pick(names)])] : [first];
  const translated = module === 'conntrack' && table !== 'raw' && random.chance(0.15);
  return [
    {
      ...{ kind: 'conntrack', module, ...maybeInverted(plan) },
      states: translated ? [random.pick(['SNAT', 'DNAT'])] : states,
    },
  ];
};

const member: Choice = (plan, { sets }) => {
  const { random } = plan;
  if (sets.length === 0) return [];
  const { name, dimensions } = random.pick(sets);
  const directions = random.list(dimensions, () => random.pick(['src', 'dst'] as const));
  return [{ kind: 'set', set: name, directions, ...maybeInverted(plan) }];
};

const addressType: Choice = (plan, { family, chain }) => {
  const { random } = plan;
  const types: readonly AddressType[] =
    family === 4
      ? ['LOCAL', 'UNICAST', 'BROADCAST', 'MULTICAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT']
      : ['LOCAL', 'UNICAST', 'MULTICAST', 'UNREACHABLE'];
  const one = { type: random.chance(0.6) ? 'LOCAL' : random.pick(types), ...maybeInverted(plan) };
  const limit = random.chance(0.15) && (chain === 'PREROUTING' || chain === 'INPUT');
  const limitInterface = limit ? ({ limitInterface: 'in' } as const) : {};
  const side = random.chance(0.7) ? { destination: one } : { source: one };
  return [{ kind: 'address-type', ...side, ...limitInterface }];
};

const always: Choice = (plan) => [
  { kind: 'statistic', mode: 'random', threshold: plan.random.pick([0, 0x8000_0000]) },
];

const recent: Choice = (plan) => {
  const { random } = plan;
  const action = random.chance(0.5)
    ? ({ kind: 'set' } as const)
    : ({ kind: 'rcheck', seconds: 3600, reap: random.chance(0.5) } as const);
  return [{ kind: 'recent', name: random.pick(['A', 'B']), action }];
};

const port: Choice = (plan, { namespace, chain }) => {
  const { random } = plan;
  const names = plan.devicesOf(namespace).map(({ name }) => name);
  if (names.length === 0) return [];
  const outgoing = chain === 'FORWARD' || chain === 'POSTROUTING';
  const name = random.pick(names);
  return [
    random.weighted<Match>([
      [2, { kind: 'physdev', in: name, ...(random.chance(0.2) ? { invertIn: true } : {}) }],
      [1, { kind: 'physdev', isIn: true }],
      [outgoing ? 2 : 0, { kind: 'physdev', isBridged: true }],
      [outgoing ? 1 : 0, { kind: 'physdev', isBridged: true, out: name }],
    ]),
  ];
};

const reversePath: Choice = (plan, { table, chain }) => {
  const { random } = plan;
  if (chain !== 'PREROUTING' || (table !== 'raw' && table !== 'mangle')) return [];
  return [
    {
      ...{ kind: 'rpfilter', ...maybeInverted(plan) },
      ...(random.chance(0.3) ? { loose: true } : {}),
      ...(random.chance(0.3) ? { validMark: true } : {}),
    },
  ];
};

const comment: Choice = () => [{ kind: 'comment', text: 'a comment, "quoted"' }];

const CHOICES: readonly (readonly [number, Choice])[] = [
  [5, someone],
  [4, device],
  [8, transport],
  [1, otherProtocol],
  [2, mark],
  [4, state],
  [3, member],
  [3, addressType],
  [1, always],
  [1, recent],
  [2, port],
  [1, reversePath],
  [0.5, comment],
];
