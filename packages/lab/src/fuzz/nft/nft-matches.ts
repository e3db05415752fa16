import { formatIp, formatPrefix, type IpFamily, prefixOf } from '@podpath/net';
import { PORTS } from '../ports.ts';
import { anyAddress, destinationPrefix } from '../routing-choices.ts';
import { familyFor, hasInput, hasOutput, headerOf, type NftPlace, type Said } from './nft-place.ts';
import { keyOperands } from './nft-sets.ts';

type Choice = (place: NftPlace, said: Said) => string | undefined;

/** Comparisons for one rule, in an order that nft takes. */
export function nftMatches(place: NftPlace, said: Said): readonly string[] {
  const { random } = place.plan;
  const count = random.weighted([
    [2, 0],
    [5, 1],
    [3, 2],
    [1, 3],
  ] as const);
  const taken = new Set<string>();
  const texts: string[] = [];
  for (let at = 0; at < count; at++) {
    const [name, choice] = random.weighted(CHOICES);
    if (taken.has(name)) continue;
    const text = choice(place, said);
    if (text === undefined) continue;
    taken.add(name);
    texts.push(text);
    place.plan.use(`nft ${name}`);
  }
  return texts;
}

const not = ({ plan }: NftPlace): string => (plan.random.chance(0.2) ? '!= ' : '');

const address: Choice = (place, said) => {
  const { plan } = place;
  const { random } = plan;
  const family = familyFor(place, said);
  const network = headerOf(family);
  said.network = network;
  const one = (): string => formatIp(anyAddress(plan, family));
  const value = random.weighted<() => string>([
    [4, one],
    [3, () => formatPrefix(destinationPrefix(plan, family))],
    [2, () => `{ ${[...new Set(random.list(random.between(1, 4), one))].join(', ')} }`],
    [1, () => range(place, family)],
    [1, () => `{ ${range(place, family)} }`],
  ])();
  return `${network} ${random.pick(['saddr', 'daddr'])} ${not(place)}${value}`;
};

/** From one address to a later one. */
function range({ plan }: NftPlace, family: IpFamily): string {
  const { address: first } = prefixOf(anyAddress(plan, family), family === 4 ? 24 : 64);
  const last =
    typeof first === 'bigint'
      ? first + BigInt(plan.random.between(2, 5))
      : first + plan.random.between(2, 5);
  return `${formatIp(first)}-${formatIp(last)}`;
}

const device: Choice = (place) => {
  const { plan, hook, namespace } = place;
  const { random } = plan;
  const ways = [...(hasInput(hook) ? ['iif'] : []), ...(hasOutput(hook) ? ['oif'] : [])];
  const way = random.pick(ways);
  const names = ['lo', ...plan.devicesOf(namespace).map(({ name }) => name)];
  const name = random.pick(names);
  return random.weighted<() => string>([
    [5, () => `${way}name ${not(place)}"${name}"`],
    [2, () => `${way}name ${not(place)}"${name.slice(0, 1)}*"`],
    [2, () => `${way}name ${not(place)}{ ${names.map((each) => `"${each}"`).join(', ')} }`],
    [1, () => `${way} ${not(place)}"lo"`],
  ])();
};

const ports: Choice = (place, said) => {
  const { random } = place.plan;
  if (said.transport === 'icmp' || said.transport === 'other') return undefined;
  const transport = said.transport ?? random.pick(['tcp', 'udp'] as const);
  said.transport = transport;
  const first = random.pick(PORTS);
  // What is drawn at random may come to lie in a range.
  const ranges = place.plan.drawsPorts ? 0 : 1;
  const value = random.weighted<() => string>([
    [4, () => String(first)],
    [2 * ranges, () => `${first}-${first + random.between(1, 9000)}`],
    [2, () => `{ ${[...new Set([first, 9999, random.pick(PORTS)])].join(', ')} }`],
    [ranges, () => `{ ${first}-${first + 10}, 9000-9999 }`],
  ])();
  const side = random.chance(0.85) ? 'dport' : 'sport';
  return `${transport} ${side} ${not(place)}${value}`;
};

const protocol: Choice = (place, said) => {
  const { random } = place.plan;
  if (said.transport !== undefined) return undefined;
  const family = familyFor(place, said);
  const icmp = family === 4 ? 'icmp' : 'ipv6-icmp';
  const [transport, value] = random.pick([
    ['tcp', 'tcp'],
    ['udp', 'udp'],
    ['icmp', icmp],
    ['other', `{ tcp, udp }`],
    ['other', `{ ${icmp}, udp }`],
    ['other', 'sctp'],
    ['other', `!= tcp`],
  ] as const);
  said.transport = transport;
  if (random.chance(0.7)) return `meta l4proto ${value}`;
  said.network = headerOf(family);
  return `${family === 4 ? 'ip protocol' : 'ip6 nexthdr'} ${value}`;
};

const icmp: Choice = (place, said) => {
  const { random } = place.plan;
  if (said.transport !== undefined) return undefined;
  const family = familyFor(place, said);
  said.transport = 'icmp';
  said.network = headerOf(family);
  const types = ['echo-request', 'echo-reply', 'destination-unreachable', 'time-exceeded'];
  const value = random.chance(0.7)
    ? random.pick(types)
    : `{ ${random.pick(types)}, parameter-problem }`;
  return `${family === 4 ? 'icmp' : 'icmpv6'} type ${not(place)}${value}`;
};

const flags: Choice = ({ plan }, said) => {
  if (said.transport !== undefined && said.transport !== 'tcp') return undefined;
  said.transport = 'tcp';
  return plan.random.pick([
    'tcp flags syn',
    'tcp flags != syn',
    'tcp flags & (syn | ack) == syn',
    'tcp flags & (fin | syn | rst | ack) != syn',
    'tcp flags syn,rst',
  ]);
};

const connection: Choice = (place, said) => {
  const { plan } = place;
  const { random } = plan;
  const family = familyFor(place, said);
  const states = ['new', 'established', 'related', 'invalid', 'untracked'];
  return random.weighted<() => string | undefined>([
    [6, () => `ct state ${random.pick(states)}`],
    [2, () => 'ct state established,related'],
    [2, () => `ct state != ${random.pick(states)}`],
    [1, () => 'ct state { new, untracked }'],
    [1, () => `ct status ${random.pick(['dnat', 'snat', 'assured', 'confirmed', 'seen-reply'])}`],
    [1, () => `ct status & (dnat | snat) ${random.pick(['==', '!='])} 0`],
    [1, () => `ct direction ${random.pick(['original', 'reply'])}`],
    [1, () => `ct mark ${random.pick(['0x10', '!= 0x0', '& 0xff == 0x10'])}`],
    [
      1,
      () => {
        said.network = headerOf(family);
        const way = random.pick(['original', 'reply']);
        const side = random.pick(['saddr', 'daddr']);
        return `ct ${way} ${headerOf(family)} ${side} ${formatIp(anyAddress(plan, family))}`;
      },
    ],
    [
      said.transport === 'tcp' || said.transport === 'udp' ? 1 : 0,
      () => `ct ${random.pick(['original', 'reply'])} proto-dst ${random.pick(PORTS)}`,
    ],
  ])();
};

const mark: Choice = (place) =>
  place.plan.random.pick([
    'meta mark 0x10',
    'meta mark != 0x0',
    'meta mark & 0xff == 0x10',
    'meta mark & 0x4000 == 0x4000',
    'meta mark & 0x4000 != 0x4000',
    'meta mark { 0x1, 0x10 }',
  ]);

const fib: Choice = (place, said) => {
  const { plan, hook, namespace } = place;
  const { random } = plan;
  const type = random.pick(['local', 'local', 'unicast', 'broadcast', 'multicast', 'unreachable']);
  const dev = random.pick(['lo', ...plan.devicesOf(namespace).map(({ name }) => name)]);
  // Of the tables that see both versions, nft asks for none.
  if (place.family === 'inet' && said.network === undefined && random.chance(0.5)) {
    said.network = headerOf(familyFor(place, said));
    if (random.chance(0.5)) {
      return `meta nfproto ${said.network === 'ip' ? 'ipv4' : 'ipv6'} fib daddr type ${type}`;
    }
    said.network = undefined;
  }
  return random.weighted<() => string>([
    [4, () => `fib daddr type ${not(place)}${type}`],
    [2, () => `fib saddr type ${not(place)}${type}`],
    [hasInput(hook) ? 2 : 0, () => `fib daddr . iif type ${type}`],
    [
      hook === 'prerouting' ? 3 : 0,
      () =>
        random.pick([
          'fib saddr . iif oif missing',
          'fib saddr . iif oif exists',
          'fib saddr . mark . iif oif 0',
          'fib saddr oif exists',
          `fib saddr oifname "${dev}"`,
          `fib daddr oifname "${dev}"`,
        ]),
    ],
  ])();
};

const header: Choice = (place, said) => {
  const { random } = place.plan;
  if (random.chance(0.3)) return 'meta pkttype host';
  const family = familyFor(place, said);
  said.network = headerOf(family);
  const limit = family === 4 ? 'ip ttl' : 'ip6 hoplimit';
  return random.pick([
    `${limit} < 64`,
    `${limit} 64`,
    `${limit} != { 63, 64 }`,
    `${limit} >= 3`,
    `${headerOf(family)} dscp cs0`,
    `${headerOf(family)} dscp != ef`,
  ]);
};

const member: Choice = (place, said) => {
  const { random } = place.plan;
  const sets = place.sets.filter(({ data }) => data === undefined);
  if (sets.length === 0) return undefined;
  const set = random.pick(sets);
  const key = keyOperands(place, set.key, said);
  return key === undefined ? undefined : `${key} ${not(place)}@${set.name}`;
};

const turns: Choice = ({ plan }) => {
  const modulus = plan.random.between(2, 3);
  return `numgen inc mod ${modulus} ${plan.random.pick(['', '!= '])}${plan.random.between(0, modulus - 1)}`;
};

const limit: Choice = ({ plan }) =>
  plan.random.pick([
    'limit rate 1/hour burst 2 packets',
    'limit rate over 1/hour burst 3 packets',
    'limit rate 2/day',
  ]);

const CHOICES: readonly (readonly [number, readonly [string, Choice]])[] = [
  [6, ['addresses', address]],
  [4, ['devices', device]],
  [6, ['ports', ports]],
  [3, ['protocols', protocol]],
  [2, ['icmp types', icmp]],
  [1, ['tcp flags', flags]],
  [5, ['ct', connection]],
  [3, ['meta mark', mark]],
  [4, ['fib', fib]],
  [2, ['header fields', header]],
  [5, ['sets', member]],
  [1, ['numgen inc', turns]],
  [1, ['limit', limit]],
];
