import { formatIp, type IpFamily } from '@podpath/net';
import { PORTS } from '../ports.ts';
import { anyAddress } from '../routing-choices.ts';
import { familyFor, headerOf, type NftPlace, type Said } from './nft-place.ts';
import { keyOperands } from './nft-sets.ts';

/** What a rule does with the packets that get so far: changes first, then at most one verdict. */
export function nftActions(place: NftPlace, said: Said): readonly string[] {
  const { plan } = place;
  const { random } = plan;
  const texts: string[] = [];
  if (random.chance(0.25)) texts.push(change(place, said));
  const update = random.chance(0.3) ? setUpdate(place, said) : undefined;
  if (update !== undefined) texts.push(update);
  if (random.chance(0.05)) texts.push('log prefix "seen" group 3');
  const last = verdict(place, said);
  if (last !== undefined) texts.push(last);
  return texts;
}

function change(place: NftPlace, said: Said): string {
  const { plan } = place;
  const { random } = plan;
  const family = familyFor(place, said);
  const network = headerOf(family);
  plan.use('nft mark set');
  const map = place.sets.find(({ data }) => data?.[0] === 'mark');
  const key = map === undefined ? undefined : keyOperands(place, map.key, said);
  if (map !== undefined && key !== undefined && !key.startsWith('meta l4proto')) {
    plan.use('nft mark from map');
    return `meta mark set ${key} map @${map.name}`;
  }
  return random.weighted<() => string>([
    [3, () => `meta mark set ${random.pick(['0x10', '0x1', '0x4010'])}`],
    [2, () => 'meta mark set meta mark | 0x4000'],
    [1, () => 'meta mark set meta mark & 0xffffffef'],
    [1, () => 'meta mark set meta mark ^ 0x3'],
    [2, () => 'ct mark set meta mark'],
    [1, () => 'ct mark set 0x10'],
    [2, () => 'meta mark set ct mark'],
    [1, () => 'meta mark set ct mark & 0xff'],
    [1, () => 'meta mark set numgen inc mod 3'],
    [
      1,
      () => {
        said.network = network;
        return `meta mark set ${network} daddr map { ${formatIp(anyAddress(plan, family))} : 0x10 }`;
      },
    ],
  ])();
}

function setUpdate(place: NftPlace, said: Said): string | undefined {
  const { random } = place.plan;
  const sets = place.sets.filter(({ dynamic }) => dynamic);
  if (sets.length === 0) return undefined;
  const set = random.pick(sets);
  const key = keyOperands(place, set.key, said);
  if (key === undefined || key.startsWith('meta l4proto')) return undefined;
  place.plan.use('nft set update');
  return `${random.pick(['add', 'add', 'update', 'delete'])} @${set.name} { ${key} }`;
}

function verdict(place: NftPlace, said: Said): string | undefined {
  const { plan, chains, type } = place;
  const { random } = plan;
  const text = random.weighted<() => string | undefined>([
    [3, () => undefined],
    [2, () => 'accept'],
    [1, () => 'return'],
    [0.3, () => 'continue'],
    [
      chains.length === 0 ? 0 : 2,
      () => `${random.chance(0.8) ? 'jump' : 'goto'} ${random.pick(chains)}`,
    ],
    [2, () => verdictMap(place, said)],
    [type === 'nat' ? 0.3 : 1.5, () => 'drop'],
    [
      type === 'nat' ? 8 : 2,
      () => (type === 'nat' ? translation(place, said) : ending(place, said)),
    ],
  ])();
  if (text !== undefined)
    plan.use(
      `nft ${text.split(' ')[0] ?? ''}`.replace(
        / (ip6?|meta|th|numgen|[io]ifname|tcp|udp|ct)$/,
        ' vmap',
      ),
    );
  return text;
}

/** A map from what packets are to what becomes of them. */
function verdictMap(place: NftPlace, said: Said): string | undefined {
  const { plan, chains } = place;
  const { random } = plan;
  const named = place.sets.filter(({ data }) => data?.[0] === 'verdict');
  if (named.length > 0 && random.chance(0.7)) {
    const map = random.pick(named);
    const key = keyOperands(place, map.key, said);
    if (key !== undefined) return `${key} vmap @${map.name}`;
  }
  const to = (): string =>
    random.pick([
      'accept',
      'drop',
      'return',
      'continue',
      ...chains.map((chain) => `jump ${chain}`),
    ]);
  return random.pick([
    () => `numgen inc mod 2 vmap { 0 : ${to()}, 1 : ${to()} }`,
    () => `ct state vmap { established : ${to()}, related : ${to()}, invalid : ${to()} }`,
    () => `meta l4proto vmap { tcp : ${to()}, udp : ${to()} }`,
  ])();
}

const REJECTIONS: Record<IpFamily, readonly string[]> = {
  4: [
    'icmp net-unreachable',
    'icmp host-unreachable',
    'icmp prot-unreachable',
    'icmp port-unreachable',
    'icmp admin-prohibited',
    'icmp net-prohibited',
    'icmp host-prohibited',
  ],
  6: [
    'icmpv6 no-route',
    'icmpv6 admin-prohibited',
    'icmpv6 addr-unreachable',
    'icmpv6 port-unreachable',
  ],
};

/** How packets end otherwise than by being dropped. */
function ending(place: NftPlace, said: Said): string {
  const { plan, family, hook } = place;
  const { random } = plan;
  if (hook === 'postrouting') return 'drop';
  if (hook === 'prerouting' && random.chance(0.4)) return 'notrack';
  if (hook === 'output' && random.chance(0.2)) return 'notrack';
  if (said.transport === 'tcp' && random.chance(0.5)) return 'reject with tcp reset';
  if (random.chance(0.3)) return 'reject';
  if (family === 'inet' && said.network === undefined) {
    const codes = ['no-route', 'port-unreachable', 'host-unreachable', 'admin-prohibited'];
    return `reject with icmpx ${random.pick(codes)}`;
  }
  return `reject with ${random.pick(REJECTIONS[familyFor(place, said)])}`;
}

function translation(place: NftPlace, said: Said): string | undefined {
  const { plan, hook, sets, family: tableFamily } = place;
  const { random } = plan;
  const family = familyFor(place, said);
  const network = headerOf(family);
  const to = tableFamily === 'inet' ? `${network} to` : 'to';
  const target = formatIp(anyAddress(plan, family));
  const withPorts = said.transport === 'tcp' || said.transport === 'udp';
  const port = random.pick(PORTS);
  const withPort = (address: string): string =>
    family === 4 ? `${address}:${port}` : `[${address}]:${port}`;
  const mapped = (kind: string): string | undefined => {
    const wanted = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
    const map = sets.find(({ data }) => data?.[0] === wanted);
    if (map === undefined) return undefined;
    if (map.data?.length === 2 && !withPorts) return undefined;
    const key = keyOperands(place, map.key, said);
    if (key === undefined || key.startsWith('meta l4proto')) return undefined;
    plan.use('nft translation from map');
    return `${kind} ${to} ${key} map @${map.name}`;
  };
  switch (hook) {
    case 'prerouting':
    case 'output':
      return random.weighted<() => string | undefined>([
        [4, () => `dnat ${to} ${target}`],
        [withPorts ? 4 : 0, () => `dnat ${to} ${withPort(target)}`],
        [2, () => mapped('dnat')],
        [2, () => 'redirect'],
        [withPorts ? 2 : 0, () => `redirect to :${port}`],
      ])();
    case 'input':
      return `snat ${to} ${target}`;
    case 'postrouting':
      return random.weighted<() => string | undefined>([
        [3, () => `snat ${to} ${target}`],
        [1, () => mapped('snat')],
        [4, () => 'masquerade'],
        [withPorts ? 1 : 0, () => 'masquerade to :30000-60000'],
        [plan.drawsPorts ? 4 : 0, () => `masquerade ${random.pick(['random', 'fully-random'])}`],
      ])();
    default:
      return undefined;
  }
}
