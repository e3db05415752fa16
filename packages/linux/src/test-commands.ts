import {
  type InterfaceAddress,
  type Ip,
  type Prefix,
  parseInterfaceAddress,
  parseIp,
  parseMac,
  parsePrefix,
} from '@podpath/net';
import type {
  Command,
  LinkAdd,
  LinkSet,
  NextHopSpec,
  RouteSpec,
  RulePorts,
  RuleSpec,
} from './commands.ts';
import { protocolNumber } from './netfilter/protocol-names.ts';
import { LineCursor } from './parse/line-cursor.ts';
import { readIp6tnl, readIpip, readSit } from './parse/tunnel-settings.ts';
import { readVxlan } from './parse/vxlan-settings.ts';
import { PORT_FLAGS } from './text/bridge-commands.ts';
import { serviceNumber } from './text/service-text.ts';

/**
 * Reads commands as people type them, so that tests can be read along: lines of `ip`, `bridge` and `sysctl`,
 * without the program's name where it is `ip`. Understands what `formatProgram` writes, and no more.
 */
export const commands = (text: string): readonly Command[] =>
  text
    .split('\n')
    .map((line) => line.replace(/^(\s*)(ip|bridge) /, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readCommand);

function readCommand(line: string): Command {
  const sysctl = /^(?:sysctl -w )?([\w./-]+) ?= ?(-?\d+)$/.exec(line);
  if (sysctl !== null) {
    return { kind: 'sysctl', key: sysctl[1] ?? '', value: Number(sysctl[2]) };
  }
  const words = new Words(line);
  switch (`${words.next()} ${words.next()}`) {
    case 'link add':
      return readLinkAdd(words);
    case 'link set':
      return readLinkSet(words);
    case 'link delete':
      return { kind: 'link-delete', dev: words.value('dev') ?? words.next() };
    case 'address add':
    case 'address delete':
      return readAddress(words, line);
    case 'route add':
    case 'route append':
    case 'route replace':
    case 'route delete':
      return { kind: `route-${oneOf(verbOf(line), ROUTE_VERBS)}`, route: readRoute(words) };
    case '-6 rule':
      words.next();
      return { kind: `rule-${oneOf(verbOf(line.slice(3)), RULE_VERBS)}`, rule: readRule(words, 6) };
    case 'rule add':
    case 'rule delete':
      return { kind: `rule-${oneOf(verbOf(line), RULE_VERBS)}`, rule: readRule(words, 4) };
    case 'neighbour replace': {
      const address = parseIp(words.next());
      const mac = parseMac(words.need('lladdr'));
      const dev = words.need('dev');
      const state = words.value('nud') ?? 'permanent';
      return {
        kind: 'neighbour-replace',
        dev,
        address,
        mac,
        state: oneOf(state, NEIGHBOUR_STATES),
      };
    }
    case 'neighbour add':
      return {
        kind: 'neighbour-proxy-add',
        address: parseIp(words.need('proxy')),
        dev: words.need('dev'),
      };
    case 'neighbour delete':
      if (words.has('proxy')) {
        const address = parseIp(words.need('proxy'));
        return { kind: 'neighbour-proxy-delete', address, dev: words.need('dev') };
      }
      return { kind: 'neighbour-delete', address: parseIp(words.next()), dev: words.need('dev') };
    case 'fdb append':
    case 'fdb replace':
    case 'fdb delete':
      return readFdb(words, line);
    default:
      throw new Error(`no command that tests know: ${line}`);
  }
}

const NEIGHBOUR_STATES = ['permanent', 'noarp', 'reachable'] as const;
const ROUTE_TYPES = [
  'unicast',
  'local',
  'broadcast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
] as const;
const PORT_STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'] as const;
const SCOPES = ['global', 'link', 'host'] as const;
const TABLES: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };

function oneOf<T extends string>(word: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === word);
  if (found === undefined) throw new Error(`${word} is none of ${choices.join(', ')}`);
  return found;
}

const ROUTE_VERBS = ['add', 'append', 'replace', 'delete'] as const;
const RULE_VERBS = ['add', 'delete'] as const;
const verbOf = (line: string): string => line.split(' ')[1] ?? '';

/** The words of a line: read one after the other, or by the name in front of them. */
class Words {
  readonly #words: string[];

  constructor(line: string) {
    this.#words = line.split(/\s+/).filter((word) => word !== '');
  }

  next(): string {
    const word = this.#words.shift();
    if (word === undefined) throw new Error('the line ends too soon');
    return word;
  }

  get first(): string | undefined {
    return this.#words[0];
  }

  get isEmpty(): boolean {
    return this.#words.length === 0;
  }

  has(word: string): boolean {
    return this.#words.includes(word);
  }

  /** What is left, for those parsers of programs that tests read by. */
  cursor(more = ''): LineCursor {
    return new LineCursor('test', 1, `${this.#words.splice(0).join(' ')} ${more}`);
  }

  /** The word after `name`, both taken out of the line. */
  value(name: string): string | undefined {
    const index = this.#words.indexOf(name);
    if (index < 0) return undefined;
    return this.#words.splice(index, 2)[1];
  }

  need(name: string): string {
    const value = this.value(name);
    if (value === undefined) throw new Error(`${name} is missing`);
    return value;
  }

  flag(name: string): boolean {
    const index = this.#words.indexOf(name);
    if (index >= 0) this.#words.splice(index, 1);
    return index >= 0;
  }

  /** Everything after the last `name`, taken out of the line with it. */
  lastRest(name: string): Words | undefined {
    const index = this.#words.lastIndexOf(name);
    return index < 0 ? undefined : new Words(this.#words.splice(index).slice(1).join(' '));
  }

  /** Everything from `name` on, taken out of the line. */
  rest(name: string): Words {
    const index = this.#words.indexOf(name);
    return new Words(this.#words.splice(index).slice(1).join(' '));
  }
}

function readLinkAdd(words: Words): LinkAdd {
  const name = words.next();
  const type = words.value('type');
  const far = type === 'veth' ? words.rest('peer') : undefined;
  const mac = words.value('address');
  const mtu = words.value('mtu');
  const base = {
    kind: 'link-add',
    name,
    ...(mac === undefined ? {} : { mac: parseMac(mac) }),
    ...(mtu === undefined ? {} : { mtuBytes: Number(mtu) }),
  } as const;
  switch (type) {
    case 'bridge': {
      const ageing = words.value('ageing_time');
      return { ...base, type, ...(ageing === undefined ? {} : { ageingMs: Number(ageing) * 10 }) };
    }
    case 'veth': {
      if (far === undefined) throw new Error('a veth needs a peer');
      const namespace = far.value('netns');
      const farMac = far.value('address');
      const farMtu = far.value('mtu');
      const peer = {
        name: far.need('name'),
        ...(namespace === undefined ? {} : { namespace }),
        ...(farMac === undefined ? {} : { mac: parseMac(farMac) }),
        ...(farMtu === undefined ? {} : { mtuBytes: Number(farMtu) }),
      };
      return { ...base, type, peer };
    }
    case 'vxlan':
      return {
        ...base,
        type,
        ...readVxlan(words.cursor(words.has('nolearning') ? '' : 'learning')),
      };
    case 'ipip':
      return { ...base, type, ...readIpip(words.cursor()) };
    case 'sit':
      return { ...base, type, ...readSit(words.cursor()) };
    case 'ip6tnl':
      return { ...base, type, ...readIp6tnl(words.cursor()) };
    case 'dummy':
    case 'wireguard':
      return { ...base, type };
    default:
      throw new Error(`no device type that tests know: ${type}`);
  }
}

function readLinkSet(words: Words): LinkSet {
  const dev = words.value('dev') ?? words.next();
  const mac = words.value('address');
  const mtu = words.value('mtu');
  const master = words.value('master');
  const switches: { -readonly [key in (typeof PORT_FLAGS)[number][0]]?: boolean } = {};
  const state = words.value('state');
  for (const [name, word] of PORT_FLAGS) {
    const value = words.value(word);
    if (value !== undefined) switches[name] = value === 'on';
  }
  const up = words.flag('up');
  const down = words.flag('down');
  const free = words.flag('nomaster');
  if (!words.isEmpty) throw new Error(`left over: ${words.first}`);
  return {
    kind: 'link-set',
    dev,
    ...(mac === undefined ? {} : { mac: parseMac(mac) }),
    ...(mtu === undefined ? {} : { mtuBytes: Number(mtu) }),
    ...(master === undefined ? {} : { master }),
    ...(free ? { master: null } : {}),
    ...switches,
    ...(state === undefined ? {} : { state: oneOf(state, PORT_STATES) }),
    ...(up || down ? { up } : {}),
  };
}

function readAddress(words: Words, line: string): Command {
  const address = readInterfaceAddress(words.next());
  const dev = words.need('dev');
  if (line.startsWith('address delete')) return { kind: 'address-delete', dev, address };
  const scope = words.value('scope');
  return {
    kind: 'address-add',
    dev,
    address,
    ...(scope === undefined ? {} : { scope: oneOf(scope, SCOPES) }),
  };
}

const readInterfaceAddress = (text: string): InterfaceAddress =>
  text.includes('/') ? parseInterfaceAddress(text) : host(parseIp(text));

const host = (address: Ip): Prefix => ({ address, length: typeof address === 'number' ? 32 : 128 });

const readPrefix = (text: string): Prefix => {
  if (text === 'default') return { address: 0, length: 0 };
  return text.includes('/') ? parsePrefix(text) : host(parseIp(text));
};

function readRoute(words: Words): RouteSpec {
  const type = ROUTE_TYPES.find((name) => words.first === name);
  if (type !== undefined) words.next();
  const written = words.next();
  const nexthops = readNexthops(words);
  words.flag('inet6');
  const via = words.value('via');
  const ipv6Default = written === 'default' && via?.includes(':') === true;
  const dst = ipv6Default ? { address: 0n, length: 0 } : readPrefix(written);
  const tos = words.value('tos');
  const dev = words.value('dev');
  const src = words.value('src');
  const scope = words.value('scope');
  const protocol = words.value('proto');
  const metric = words.value('metric');
  const mtu = words.value('mtu');
  const table = words.value('table');
  const onlink = words.flag('onlink');
  if (!words.isEmpty) throw new Error(`left over: ${words.first}`);
  return {
    ...(type === undefined ? {} : { type }),
    dst,
    ...(tos === undefined ? {} : { tos: serviceNumber(tos) ?? Number(tos) }),
    ...(via === undefined ? {} : { via: parseIp(via) }),
    ...(dev === undefined ? {} : { dev }),
    ...(onlink ? { onlink } : {}),
    ...(src === undefined ? {} : { src: parseIp(src) }),
    ...(scope === undefined ? {} : { scope: oneOf(scope, SCOPES) }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(metric === undefined ? {} : { metric: Number(metric) }),
    ...(mtu === undefined ? {} : { mtuBytes: Number(mtu) }),
    ...(table === undefined ? {} : { table: TABLES[table] ?? Number(table) }),
    ...(nexthops.length === 0 ? {} : { nexthops }),
  };
}

/** From the last one back, so that each has the rest of the line to itself. */
function readNexthops(words: Words): readonly NextHopSpec[] {
  const found: NextHopSpec[] = [];
  for (let hop = words.lastRest('nexthop'); hop !== undefined; hop = words.lastRest('nexthop')) {
    hop.flag('inet6');
    const via = hop.value('via');
    const dev = hop.value('dev');
    const weight = hop.value('weight');
    const onlink = hop.flag('onlink');
    if (!hop.isEmpty) throw new Error(`left over: ${hop.first}`);
    found.unshift({
      ...(via === undefined ? {} : { via: parseIp(via) }),
      ...(dev === undefined ? {} : { dev }),
      ...(onlink ? { onlink } : {}),
      ...(weight === undefined ? {} : { weight: Number(weight) }),
    });
  }
  return found;
}

function readRule(words: Words, family: 4 | 6): RuleSpec {
  const not = words.flag('not');
  const from = words.value('from');
  const to = words.value('to');
  const mark = words.value('fwmark')?.split('/');
  const iif = words.value('iif');
  const oif = words.value('oif');
  const tos = words.value('tos');
  const protocol = words.value('ipproto');
  const sport = words.value('sport');
  const dport = words.value('dport');
  const target = words.value('goto');
  const suppress = words.value('suppress_prefixlength');
  const priority = Number(words.need('priority'));
  const table = words.value('lookup');
  return {
    family,
    priority,
    ...(not ? { not } : {}),
    ...(from === undefined || from === 'all' ? {} : { from: readPrefix(from) }),
    ...(to === undefined ? {} : { to: readPrefix(to) }),
    ...(mark === undefined
      ? {}
      : { fwmark: { value: Number(mark[0]), mask: Number(mark[1] ?? 0xffff_ffff) } }),
    ...(iif === undefined ? {} : { iif }),
    ...(oif === undefined ? {} : { oif }),
    ...(tos === undefined ? {} : { tos: serviceNumber(tos) ?? Number(tos) }),
    ...(protocol === undefined ? {} : { protocol: protocolNumber(protocol) }),
    ...(sport === undefined ? {} : { sourcePorts: readPorts(sport) }),
    ...(dport === undefined ? {} : { destinationPorts: readPorts(dport) }),
    action:
      target !== undefined
        ? { kind: 'goto', priority: Number(target) }
        : table === undefined
          ? { kind: oneOf(words.next(), ['nop', 'blackhole', 'unreachable', 'prohibit'] as const) }
          : {
              kind: 'lookup',
              table: TABLES[table] ?? Number(table),
              ...(suppress === undefined ? {} : { suppressPrefixLength: Number(suppress) }),
            },
  };
}

function readPorts(text: string): RulePorts {
  const [first, last = first] = text.split('-').map(Number);
  return { first: first ?? 0, last: last ?? 0 };
}

function readFdb(words: Words, line: string): Command {
  const mac = parseMac(words.next());
  const dev = words.need('dev');
  const dst = words.value('dst');
  const to = dst === undefined ? {} : { dst: parseIp(dst) };
  if (line.startsWith('fdb delete')) return { kind: 'fdb-delete', dev, mac, ...to };
  const kind = line.startsWith('fdb append') ? 'fdb-append' : 'fdb-replace';
  return {
    kind,
    dev,
    mac,
    ...to,
    life: words.flag('dynamic') ? 'dynamic' : words.flag('static') ? 'static' : 'permanent',
  };
}
