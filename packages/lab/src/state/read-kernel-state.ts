import type { KernelNetwork } from '../kernel/kernel-network.ts';
import { conntrackLines } from './conntrack-lines.ts';
import {
  ipsetLines,
  type NamespaceState,
  nftLines,
  type StateWish,
  saveLines,
} from './namespace-state.ts';

interface Ask {
  readonly namespace: string;
  readonly argv: readonly string[];
  readonly input?: string;
}

/** Reads what namespaces came to, by the tools that an administrator would use. */
export async function readKernelStates(
  network: KernelNetwork,
  wishes: readonly StateWish[],
): Promise<ReadonlyMap<string, NamespaceState>> {
  const asks = wishes.map(asksOf);
  const outputs = await network.read(asks.flat());
  const states = new Map<string, NamespaceState>();
  let at = 0;
  for (const [index, wish] of wishes.entries()) {
    const own = asks[index] ?? [];
    const said = new Map(
      own.map(({ argv }, offset) => [argv.join(' '), outputs[at + offset] ?? '']),
    );
    at += own.length;
    const conntrack = await network.readFile(wish.namespace, '/proc/thread-self/net/nf_conntrack');
    states.set(wish.namespace, stateFrom(wish, said, conntrack));
  }
  return states;
}

const IP = ['ip', '-o', '-force', '-batch', '-'];
const IP6 = ['ip', '-6', '-force', '-batch', '-'];
const NFT = ['nft', 'list', 'ruleset'];
/** Prints a line that nothing else prints, between what two other commands print. */
const MARK = 'link show dev lo';

function asksOf(wish: StateWish): readonly Ask[] {
  const { namespace, tables } = wish;
  const routes = tables.flatMap((table) => [`route show table ${table}`, MARK]);
  const ask = (argv: readonly string[], lines?: readonly string[]): Ask => ({
    namespace,
    argv,
    ...(lines === undefined ? {} : { input: lines.map((line) => `${line}\n`).join('') }),
  });
  return [
    ask(IP, ['link show', MARK, 'address show', MARK, 'neighbour show', MARK, ...routes]),
    ...(wish.ipv6 ? [ask(IP6, routes)] : []),
    ...(wish.fdb ? [ask(['bridge', 'fdb', 'show'])] : []),
    ...(wish.iptables ? [ask(['iptables-save', '-c'])] : []),
    ...(wish.ip6tables ? [ask(['ip6tables-save', '-c'])] : []),
    ...(wish.ipsets ? [ask(['ipset', 'save'])] : []),
    ...(wish.nft ? [ask(NFT)] : []),
  ];
}

function stateFrom(
  { tables }: StateWish,
  said: ReadonlyMap<string, string>,
  conntrack: string,
): NamespaceState {
  const of = (argv: readonly string[]): string => said.get(argv.join(' ')) ?? '';
  const text = of(IP);
  const [, links = '', addresses = '', neighbours = '', ...routes4] = parts(text);
  const lo = /^1: lo: <.*$/m.exec(text)?.[0] ?? '';
  const routes6 = parts(of(IP6));
  const routes = tables.flatMap((table, at) => [
    ...routeLines(`${table}`, routes4[at] ?? ''),
    ...routeLines(`${table}`, routes6[at] ?? ''),
  ]);
  return {
    links: [lo, ...links.split('\n')].flatMap(linkLine).sort(),
    addresses: addresses.split('\n').flatMap(addressLine).sort(),
    routes,
    neighbours: neighbours.split('\n').flatMap(neighbourLine).sort(),
    fdb: of(['bridge', 'fdb', 'show']).split('\n').flatMap(fdbLine).sort(),
    iptables: saveLines(of(['iptables-save', '-c'])),
    ip6tables: saveLines(of(['ip6tables-save', '-c'])),
    ipsets: ipsetLines(of(['ipset', 'save'])),
    nft: nftLines(of(NFT)),
    conntrack: conntrackLines(conntrack),
  };
}

const parts = (text: string): readonly string[] => text.split(/^1: lo: <.*\n(?: .*\n)?/m);

const routeLines = (table: string, text: string): readonly string[] =>
  text
    .replaceAll(/\s*\\?\s+nexthop /g, ' nexthop ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => `${table}: ${line}`);

/** `2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP …\    link/ether 02:… brd …` */
function linkLine(line: string): readonly string[] {
  const match = /^\d+: ([^:@]+)[^:]*: <([^>]*)> mtu (\d+)/.exec(line);
  if (match === null) return [];
  const [, name, flags = '', mtu] = match;
  const set = new Set(flags.split(','));
  const master = / master (\S+)/.exec(line)?.[1];
  const mac = / link\/\S+ (\S+)/.exec(line)?.[1];
  const words = [
    name,
    set.has('UP') ? 'up' : 'down',
    set.has('LOWER_UP') ? 'carrier' : 'no-carrier',
  ];
  return [
    [...words, `mtu ${mtu}`, ...(master === undefined ? [] : [`master ${master}`]), mac].join(' '),
  ];
}

/** `2: eth0    inet 10.0.0.1/24 scope global eth0\ …` */
function addressLine(line: string): readonly string[] {
  const match = /^\d+: (\S+)\s+inet6? (\S+)/.exec(line);
  return match === null ? [] : [`${match[1]} ${match[2]}`];
}

const STATES: Readonly<Record<string, string>> = { DELAY: 'stale', PROBE: 'stale' };

/** `10.0.0.2 dev eth0 lladdr 02:… REACHABLE` */
function neighbourLine(line: string): readonly string[] {
  const match = /^(\S+) dev (\S+)(?: lladdr (\S+))?(?: router)?(?: extern_learn)? +([A-Z]+)/.exec(
    line,
  );
  if (match === null) return [];
  const [, address, device, mac = 'unknown', state = ''] = match;
  // The kernel notes down what loopback and groups map to; it asks nobody for it.
  if (state === 'NOARP') return [];
  return [`${device} ${address} ${mac} ${STATES[state] ?? state.toLowerCase()}`];
}

/** `02:… dev v1 master br0 permanent`, `02:… dev vx dst 10.0.0.2 self permanent` */
function fdbLine(line: string): readonly string[] {
  const match = /^(\S+) dev (\S+)(.*)$/.exec(line);
  if (match === null) return [];
  const [, mac = '', device, rest = ''] = match;
  const dst = / dst (\S+)/.exec(rest)?.[1];
  // Without a destination `self` tells what a device's own filter lets in.
  if (dst === undefined && !rest.includes(' master ')) return [];
  const [, life = 'dynamic'] = / (permanent|static)/.exec(rest) ?? [];
  return [[device, mac, ...(dst === undefined ? [] : [dst]), life].join(' ')];
}
