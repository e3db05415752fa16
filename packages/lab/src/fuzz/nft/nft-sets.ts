import { formatIp, formatPrefix, type IpFamily } from '@podpath/net';
import type { Plan } from '../plan.ts';
import { PORTS } from '../ports.ts';
import { anyAddress, destinationPrefix } from '../routing-choices.ts';
import {
  hasInput,
  hasOutput,
  type NftPlace,
  type NftTableFamily,
  type PlannedSet,
  type Said,
} from './nft-place.ts';

/** Where a set's elements may come from. */
interface Place {
  readonly plan: Plan;
  readonly namespace: string;
  readonly family: NftTableFamily;
  /** Chains that elements of verdict maps may lead to. */
  readonly chains: readonly string[];
}

const SETS: readonly (readonly [weight: number, key: string, flags: readonly string[]])[] = [
  [3, 'ADDR', []],
  [3, 'ADDR', ['interval']],
  [1, 'ADDR', ['timeout']],
  [2, 'ADDR', ['dynamic']],
  [1, 'ADDR', ['dynamic', 'timeout']],
  [1, 'inet_service', ['interval']],
  [1, 'inet_service', []],
  [1, 'mark', []],
  [1, 'ifname', []],
  [2, 'ADDR . inet_proto . inet_service', []],
  [2, 'ADDR . inet_service', ['interval']],
  [1, 'ADDR . ADDR', ['interval']],
  [1, 'ADDR . inet_service', ['dynamic']],
];

const MAPS: readonly (readonly [weight: number, key: string, data: string])[] = [
  [3, 'ADDR . inet_proto . inet_service', 'verdict'],
  [2, 'ifname', 'verdict'],
  [2, 'ADDR', 'verdict'],
  [1, 'inet_proto . inet_service', 'verdict'],
  [2, 'ADDR', 'mark'],
  [2, 'inet_service', 'ADDR . inet_service'],
  [2, 'ADDR', 'ADDR'],
];

/** Lines that make sets, maps and what is in them, and what there is then for rules to name. */
export function planSets(
  place: Place,
  count: number,
): { readonly lines: readonly string[]; readonly sets: readonly PlannedSet[] } {
  const { plan, family } = place;
  const { random } = plan;
  const lines: string[] = [];
  const sets: PlannedSet[] = [];
  for (let index = 1; index <= count; index++) {
    const version = family === 'inet' ? random.pick(plan.families) : family === 'ip' ? 4 : 6;
    const typed = (text: string): readonly string[] =>
      text.replaceAll('ADDR', version === 4 ? 'ipv4_addr' : 'ipv6_addr').split(' . ');
    const isMap = random.chance(0.45);
    const possible = plan.drawsPorts ? SETS.filter((each) => !each[2].includes('dynamic')) : SETS;
    const [, keyText, rest] = isMap
      ? random.weighted(MAPS.map((each) => [each[0], each] as const))
      : random.weighted(possible.map((each) => [each[0], each] as const));
    const key = typed(keyText);
    const data = typeof rest === 'string' ? typed(rest) : undefined;
    const flags = typeof rest === 'string' ? [] : rest;
    const name = `${isMap ? 'm' : 's'}${index}`;
    const table = `${family} t`;
    const type = `${key.join(' . ')}${data === undefined ? '' : ` : ${data.join(' . ')}`}`;
    const properties = [
      `type ${type} ;`,
      ...(flags.length === 0 ? [] : [`flags ${flags.join(', ')} ;`]),
      ...(flags.includes('timeout') && random.chance(0.5) ? ['timeout 1h ;'] : []),
    ];
    lines.push(`add ${isMap ? 'map' : 'set'} ${table} ${name} { ${properties.join(' ')} }`);
    const elements = elementsOf(place, { key, data, flags, version });
    if (elements.length > 0) {
      lines.push(`add element ${table} ${name} { ${elements.join(', ')} }`);
    }
    const dynamic = flags.includes('dynamic');
    sets.push({ name, key, dynamic, ...(data === undefined ? {} : { data }) });
    plan.use(`nft ${isMap ? 'map' : 'set'} ${type.replaceAll(/ipv[46]_addr/g, 'address')}`);
    for (const flag of flags) plan.use(`nft set ${flag}`);
  }
  return { lines, sets };
}

interface Shape {
  readonly key: readonly string[];
  readonly data: readonly string[] | undefined;
  readonly flags: readonly string[];
  readonly version: IpFamily;
}

function elementsOf(place: Place, { key, data, flags, version }: Shape): readonly string[] {
  const { random } = place.plan;
  const interval = flags.includes('interval');
  const elements = new Map<string, string>();
  for (let count = random.between(0, 4); count > 0; count--) {
    const words = key.map((type) => drawValue(place, type, version, interval));
    const timeout = flags.includes('timeout') && random.chance(0.5) ? ' timeout 2h' : '';
    const value =
      data === undefined
        ? ''
        : ` : ${data.map((type) => drawValue(place, type, version)).join(' . ')}`;
    // Intervals must not overlap: one each, or apart.
    const text = words.join(' . ');
    if (interval && elements.size > 0 && !words.every((word) => !/[/-]/.test(word))) continue;
    if (interval && [...elements.keys()].some((other) => /[/-]/.test(other))) continue;
    elements.set(text, `${text}${timeout}${value}`);
  }
  return [...elements.values()];
}

function drawValue(
  { plan, namespace, chains }: Place,
  type: string,
  family: IpFamily,
  interval = false,
): string {
  const { random } = plan;
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr':
      return interval && random.chance(0.5)
        ? formatPrefix(destinationPrefix(plan, family))
        : formatIp(anyAddress(plan, family));
    case 'inet_service': {
      const port = random.pick(PORTS);
      return interval && !plan.drawsPorts && random.chance(0.5)
        ? `${port}-${port + 20}`
        : String(port);
    }
    case 'inet_proto':
      return random.pick(['tcp', 'udp']);
    case 'mark':
      return random.pick(['0x1', '0x10', '0x4000']);
    case 'ifname':
      return `"${random.pick(['lo', ...plan.devicesOf(namespace).map(({ name }) => name)])}"`;
    default:
      return random.weighted([
        [1, 'accept'],
        [1, 'drop'],
        [1, 'return'],
        [1, 'continue'],
        ...chains.map((chain) => [2, `jump ${chain}`] as const),
        ...chains.map((chain) => [2, `goto ${chain}`] as const),
      ]);
  }
}

/** What a rule reads of a packet to look it up in a set of these types; `undefined` where it cannot. */
export function keyOperands(
  { plan, hook, family }: NftPlace,
  key: readonly string[],
  said: Said,
): string | undefined {
  const { random } = plan;
  const words: string[] = [];
  const after: Said = { ...said };
  for (const [at, type] of key.entries()) {
    switch (type) {
      case 'ipv4_addr':
      case 'ipv6_addr': {
        const network = type === 'ipv4_addr' ? 'ip' : 'ip6';
        const fixed = after.network ?? (family === 'inet' ? undefined : family);
        if (fixed !== undefined && fixed !== network) return undefined;
        after.network = network;
        const side = random.chance(at === 0 ? 0.5 : 0.3) ? 'saddr' : 'daddr';
        words.push(`${network} ${side}`);
        break;
      }
      case 'inet_service':
        if (after.transport === 'icmp') return undefined;
        words.push(
          after.transport === 'tcp' || after.transport === 'udp'
            ? `${after.transport} dport`
            : 'th dport',
        );
        break;
      case 'inet_proto':
        words.push('meta l4proto');
        break;
      case 'mark':
        words.push(random.pick(['meta mark', 'ct mark']));
        break;
      case 'ifname': {
        const names = [
          ...(hasInput(hook) ? ['iifname'] : []),
          ...(hasOutput(hook) ? ['oifname'] : []),
        ];
        words.push(random.pick(names));
        break;
      }
      default:
        return undefined;
    }
  }
  // Ports of what may have none nft does not read.
  const bare = words.includes('th dport') && !words.includes('meta l4proto');
  if (bare && after.transport !== 'other') {
    if (after.transport === undefined) {
      said.network = after.network;
      said.transport = 'other';
      return `meta l4proto { tcp, udp } ${words.join(' . ')}`;
    }
    return undefined;
  }
  said.network = after.network;
  return words.join(' . ');
}
