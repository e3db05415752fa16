import type { Ip, IpFamily, Prefix } from '@podpath/net';
import type {
  AddressAdd,
  Command,
  LinkAdd,
  LinkSet,
  NeighbourChange,
  RouteChange,
  RouteSpec,
  RouteType,
  RuleSpec,
} from '../commands.ts';
import { readNexthop, readPorts, readProtocol, readService } from './ip-batch-parts.ts';
import { LineCursor } from './line-cursor.ts';
import { type Located, meaningfulLines } from './located.ts';
import { shown } from './parse-error.ts';
import { readIp6tnl, readIpip, readSit } from './tunnel-settings.ts';
import { readVxlan } from './vxlan-settings.ts';

type Draft<T> = { -readonly [key in keyof T]: T[key] };
type VethPeer = Extract<LinkAdd, { readonly type: 'veth' }>['peer'];

/**
 * Reads lines for `ip -batch`, in the form in which programs are printed; `family` is that of `ip -6 -batch`, which
 * only rules and the word `default` need. Throws ParseError.
 */
export function parseIpBatch(
  text: string,
  source: { readonly file: string; readonly family: IpFamily },
): readonly Located<Command>[] {
  return [...meaningfulLines(text)].map(({ line, value }) => {
    const cursor = new LineCursor(source.file, line, value);
    const command = readCommand(cursor, source.family);
    cursor.expectEnd();
    return { line: cursor.line, value: command };
  });
}

function readCommand(cursor: LineCursor, family: IpFamily): Command {
  const object = cursor.choice('object', [
    'link',
    'tuntap',
    'address',
    'route',
    'rule',
    'neighbour',
  ]);
  switch (object) {
    case 'link':
      return readLink(cursor);
    case 'tuntap': {
      cursor.choice('command', ['add']);
      const name = named(cursor, 'dev');
      if (!cursor.skip('mode')) cursor.fail('no mode', 'mode tun or mode tap');
      return { kind: 'link-add', type: 'tun', name, mode: cursor.choice('mode', ['tun', 'tap']) };
    }
    case 'address': {
      const verb = cursor.choice('command', ['add', 'delete']);
      const address = cursor.interfaceAddress('an address with its length');
      const dev = named(cursor, 'dev');
      if (verb === 'delete') return { kind: 'address-delete', dev, address };
      const scope = cursor.skip('scope') ? { scope: readScope(cursor) } : {};
      // What podpath prints for IPv6: it looks for no duplicates anyway.
      cursor.skip('nodad');
      return { kind: 'address-add', dev, address, ...scope };
    }
    case 'route': {
      const verb = cursor.choice('command', ['add', 'append', 'replace', 'delete']);
      return { kind: `route-${verb}`, route: readRoute(cursor, family) } satisfies RouteChange;
    }
    case 'rule': {
      const verb = cursor.choice('command', ['add', 'delete']);
      return { kind: `rule-${verb}`, rule: readRule(cursor, family) };
    }
    case 'neighbour':
      return readNeighbour(cursor);
  }
}

/** The word after a keyword that must come now. */
function named(cursor: LineCursor, keyword: string): string {
  if (!cursor.skip(keyword)) cursor.fail(`no ${keyword}`, `${keyword} and its value`);
  return cursor.take(`what ${keyword} is`);
}

function readLink(cursor: LineCursor): Command {
  const verb = cursor.choice('command', ['add', 'set', 'delete']);
  if (verb === 'delete') return { kind: 'link-delete', dev: named(cursor, 'dev') };
  if (verb === 'set') return readLinkSet(cursor);
  const common = {
    kind: 'link-add' as const,
    name: cursor.take('a name'),
    ...readHardware(cursor),
  };
  const type = named(cursor, 'type');
  switch (type) {
    case 'bridge': {
      // In hundredths of a second.
      const ageing = cursor.skip('ageing_time')
        ? { ageingMs: cursor.integer('time', 0, 0xffff_ffff) * 10 }
        : {};
      return { ...common, type, ...ageing };
    }
    case 'veth': {
      if (!cursor.skip('peer')) cursor.fail('a veth without a peer', 'peer name NAME');
      const peer: VethPeer = { name: named(cursor, 'name'), ...readHardware(cursor) };
      const namespace = cursor.skip('netns') ? { namespace: cursor.take('a namespace') } : {};
      return { ...common, type, peer: { ...peer, ...namespace } };
    }
    case 'vxlan':
      return { ...common, type, ...readVxlan(cursor) };
    case 'ipip':
      return { ...common, type, ...readIpip(cursor) };
    case 'sit':
      return { ...common, type, ...readSit(cursor) };
    case 'ip6tnl':
      return { ...common, type, ...readIp6tnl(cursor) };
    case 'dummy':
    case 'wireguard':
      return { ...common, type };
    default:
      while (!cursor.atEnd) cursor.take('an option');
      return { ...common, type: 'opaque', deviceType: type };
  }
}

function readHardware(cursor: LineCursor): Pick<LinkAdd, 'mac' | 'mtuBytes'> {
  return {
    ...(cursor.skip('address') ? { mac: cursor.mac('a MAC address') } : {}),
    ...(cursor.skip('mtu') ? { mtuBytes: cursor.integer('MTU', 0, 0xffff_ffff) } : {}),
  };
}

function readLinkSet(cursor: LineCursor): LinkSet {
  const set: Draft<LinkSet> = { kind: 'link-set', dev: named(cursor, 'dev') };
  while (!cursor.atEnd) {
    const word = cursor.choice('setting', ['address', 'mtu', 'master', 'nomaster', 'up', 'down']);
    if (word === 'address') set.mac = cursor.mac('a MAC address');
    else if (word === 'mtu') set.mtuBytes = cursor.integer('MTU', 0, 0xffff_ffff);
    else if (word === 'master') set.master = cursor.take('a bridge');
    else if (word === 'nomaster') set.master = null;
    else set.up = word === 'up';
  }
  return set;
}

const readScope = (cursor: LineCursor): NonNullable<AddressAdd['scope']> =>
  cursor.choice('scope', ['global', 'link', 'host']);

const ROUTE_TYPES: readonly RouteType[] = [
  'unicast',
  'local',
  'broadcast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
];

function readRoute(cursor: LineCursor, family: IpFamily): RouteSpec {
  const type = ROUTE_TYPES.find((each) => cursor.skip(each));
  const route: Draft<RouteSpec> = {
    ...(type === undefined ? {} : { type }),
    dst: readDestination(cursor, family),
  };
  while (!cursor.atEnd) {
    const word = cursor.take('an attribute');
    switch (word) {
      case 'via':
        cursor.skip('inet6');
        route.via = cursor.ip('a gateway');
        break;
      case 'dev':
        route.dev = cursor.take('a device');
        break;
      case 'onlink':
        route.onlink = true;
        break;
      case 'src':
        route.src = cursor.ip('a source');
        break;
      case 'scope':
        route.scope = readScope(cursor);
        break;
      case 'proto':
        route.protocol = cursor.take('a protocol');
        break;
      case 'metric':
        route.metric = cursor.integer('metric', 0, 0xffff_ffff);
        break;
      case 'mtu':
        route.mtuBytes = cursor.integer('MTU', 0, 0xffff_ffff);
        break;
      case 'table':
        route.table = readTable(cursor);
        break;
      case 'tos':
        route.tos = readService(cursor);
        break;
      case 'nexthop':
        route.nexthops = [...(route.nexthops ?? []), readNexthop(cursor)];
        break;
      default:
        cursor.failBefore(
          `${shown(word)} is no attribute of a route that is supported`,
          ATTRIBUTES,
        );
    }
  }
  return route;
}

const ATTRIBUTES = 'tos, via, dev, onlink, src, scope, proto, metric, mtu, table or nexthop';

const everything = (family: IpFamily): Prefix => ({ address: family === 4 ? 0 : 0n, length: 0 });

function readDestination(cursor: LineCursor, family: IpFamily): Prefix {
  return cursor.skip('default') ? everything(family) : cursor.prefixOrAddress('a destination');
}

const TABLES: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };

function readTable(cursor: LineCursor): number {
  const name = cursor.peek() ?? '';
  if (!Object.hasOwn(TABLES, name)) return cursor.integer('table', 0, 0xffff_ffff);
  cursor.take('a table');
  return TABLES[name] ?? 254;
}

function readRule(cursor: LineCursor, family: IpFamily): RuleSpec {
  const rule: Draft<Omit<RuleSpec, 'priority' | 'action'>> = { family };
  let priority: number | undefined;
  if (cursor.skip('not')) rule.not = true;
  for (;;) {
    const word = cursor.take('a selector or an action');
    switch (word) {
      case 'from':
        if (!cursor.skip('all')) rule.from = cursor.prefixOrAddress('a source');
        break;
      case 'to':
        if (!cursor.skip('all')) rule.to = cursor.prefixOrAddress('a destination');
        break;
      case 'fwmark':
        rule.fwmark = readMark(cursor);
        break;
      case 'iif':
        rule.iif = cursor.take('a device');
        break;
      case 'oif':
        rule.oif = cursor.take('a device');
        break;
      case 'tos':
        rule.tos = readService(cursor);
        break;
      case 'ipproto':
        rule.protocol = readProtocol(cursor);
        break;
      case 'sport':
        rule.sourcePorts = readPorts(cursor);
        break;
      case 'dport':
        rule.destinationPorts = readPorts(cursor);
        break;
      case 'priority':
        priority = cursor.integer('priority', 0, 0xffff_ffff);
        break;
      case 'lookup':
      case 'goto':
      case 'nop':
      case 'blackhole':
      case 'unreachable':
      case 'prohibit': {
        if (priority === undefined)
          cursor.failBefore('a rule without a priority', 'priority NUMBER');
        return { ...rule, priority, action: readAction(cursor, word) };
      }
      default:
        cursor.failBefore(`${shown(word)} is no part of a rule that is supported`, SELECTORS);
    }
  }
}

const SELECTORS = 'from, to, tos, fwmark, iif, oif, ipproto, sport, dport, priority, or an action';

function readAction(cursor: LineCursor, kind: RuleSpec['action']['kind']): RuleSpec['action'] {
  if (kind === 'goto') return { kind, priority: cursor.integer('priority', 0, 0xffff_ffff) };
  if (kind !== 'lookup') return { kind };
  const table = readTable(cursor);
  if (!cursor.skip('suppress_prefixlength')) return { kind, table };
  return { kind, table, suppressPrefixLength: cursor.integer('length', 0, 128) };
}

function readMark(cursor: LineCursor): NonNullable<RuleSpec['fwmark']> {
  const [, value, mask] =
    /^(0x[0-9a-f]{1,8}|\d{1,10})(?:\/(0x[0-9a-f]{1,8}|\d{1,10}))?$/i.exec(cursor.take('a mark')) ??
    [];
  if (value === undefined) cursor.failBefore('no mark', 'VALUE or VALUE/MASK');
  return { value: Number(value), mask: Number(mask ?? 0xffff_ffff) };
}

function readNeighbour(cursor: LineCursor): NeighbourChange {
  const verb = cursor.choice('command', ['replace', 'add', 'delete']);
  if (cursor.skip('proxy')) {
    const kind = verb === 'delete' ? 'neighbour-proxy-delete' : 'neighbour-proxy-add';
    return { kind, address: cursor.ip('an address'), dev: named(cursor, 'dev') };
  }
  if (verb === 'add') cursor.fail('an entry that may not be there yet', 'replace, or add proxy');
  const address: Ip = cursor.ip('an address');
  if (verb === 'delete') return { kind: 'neighbour-delete', address, dev: named(cursor, 'dev') };
  if (!cursor.skip('lladdr')) cursor.fail('a neighbour without a MAC address', 'lladdr MAC');
  const mac = cursor.mac('a MAC address');
  const dev = named(cursor, 'dev');
  if (!cursor.skip('nud')) cursor.fail('a neighbour without a state', 'nud STATE');
  const state = cursor.choice('state', ['permanent', 'noarp', 'reachable']);
  return { kind: 'neighbour-replace', dev, address, mac, state };
}
