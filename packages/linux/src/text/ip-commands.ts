import { formatIp, formatMac, formatPrefix, type Ip, type Prefix } from '@podpath/net';
import type {
  AddressAdd,
  AddressDelete,
  LinkAdd,
  LinkDelete,
  LinkSet,
  NeighbourChange,
  NextHopSpec,
  RouteChange,
  RouteSpec,
  RuleChange,
  RulePorts,
  RuleSpec,
} from '../commands.ts';
import { protocolName } from '../netfilter/protocol-names.ts';
import { routePrefix, tableName } from './route-text.ts';
import { serviceName } from './service-text.ts';
import { tunnelWords, vxlanWords } from './tunnel-words.ts';

type IpCommand =
  | LinkAdd
  | LinkSet
  | LinkDelete
  | AddressAdd
  | AddressDelete
  | RouteChange
  | RuleChange
  | NeighbourChange;

/** Lines for `ip -batch` (rules of IPv6: for `ip -6 -batch`): mostly one for a command, none for settings that `bridge` makes. */
export function ipLines(command: IpCommand): readonly string[] {
  switch (command.kind) {
    case 'link-add':
      return linkAdd(command);
    case 'link-set':
      return linkSet(command);
    case 'link-delete':
      return [`link delete dev ${command.dev}`];
    case 'address-add': {
      const scope = command.scope === undefined ? '' : ` scope ${command.scope}`;
      // Duplicate detection would keep an IPv6 address from being used at once.
      const nodad = typeof command.address.address === 'bigint' ? ' nodad' : '';
      return [`address add ${formatPrefix(command.address)} dev ${command.dev}${scope}${nodad}`];
    }
    case 'address-delete':
      return [`address delete ${formatPrefix(command.address)} dev ${command.dev}`];
    case 'route-add':
    case 'route-append':
    case 'route-replace':
    case 'route-delete':
      return [routeChange(command)];
    case 'rule-add':
    case 'rule-delete': {
      const verb = command.kind === 'rule-add' ? 'add' : 'delete';
      return [`rule ${verb} ${ruleWords(command.rule)}`];
    }
    case 'neighbour-replace': {
      const { address, dev, mac, state } = command;
      return [
        `neighbour replace ${formatIp(address)} lladdr ${formatMac(mac)} dev ${dev} nud ${state}`,
      ];
    }
    case 'neighbour-proxy-add':
      return [`neighbour add proxy ${formatIp(command.address)} dev ${command.dev}`];
    case 'neighbour-proxy-delete':
      return [`neighbour delete proxy ${formatIp(command.address)} dev ${command.dev}`];
    case 'neighbour-delete':
      return [`neighbour delete ${formatIp(command.address)} dev ${command.dev}`];
  }
}

function linkAdd(command: LinkAdd): readonly string[] {
  if (command.type !== 'tun') return [linkAddLine(command)];
  const { name, mode, mac, mtuBytes } = command;
  const rest: LinkSet = {
    ...{ kind: 'link-set', dev: name },
    ...(mac === undefined ? {} : { mac }),
    ...(mtuBytes === undefined ? {} : { mtuBytes }),
  };
  return [`tuntap add dev ${name} mode ${mode}`, ...linkSet(rest)];
}

function linkAddLine(command: Exclude<LinkAdd, { readonly type: 'tun' }>): string {
  const words = ['link add', command.name];
  if (command.mac !== undefined) words.push(`address ${formatMac(command.mac)}`);
  if (command.mtuBytes !== undefined) words.push(`mtu ${command.mtuBytes}`);
  words.push(`type ${command.type === 'opaque' ? command.deviceType : command.type}`);
  if (command.type === 'bridge' && command.ageingMs !== undefined) {
    words.push(`ageing_time ${Math.round(command.ageingMs / 10)}`);
  }
  if (command.type === 'veth') {
    const { peer } = command;
    words.push(`peer name ${peer.name}`);
    if (peer.mac !== undefined) words.push(`address ${formatMac(peer.mac)}`);
    if (peer.mtuBytes !== undefined) words.push(`mtu ${peer.mtuBytes}`);
    if (peer.namespace !== undefined) words.push(`netns ${peer.namespace}`);
  }
  if (command.type === 'vxlan') words.push(...vxlanWords(command));
  if (command.type === 'ipip' || command.type === 'sit' || command.type === 'ip6tnl') {
    words.push(...tunnelWords(command));
  }
  return words.join(' ');
}

function linkSet(command: LinkSet): readonly string[] {
  const { dev, mac, mtuBytes, master, up } = command;
  const words: string[] = [];
  if (mac !== undefined) words.push(`address ${formatMac(mac)}`);
  if (mtuBytes !== undefined) words.push(`mtu ${mtuBytes}`);
  if (master !== undefined) words.push(master === null ? 'nomaster' : `master ${master}`);
  const lines = words.length === 0 ? [] : [`link set dev ${dev} ${words.join(' ')}`];
  return up === undefined ? lines : [...lines, `link set dev ${dev} ${up ? 'up' : 'down'}`];
}

function routeChange({ kind, route }: RouteChange): string {
  return `route ${kind.slice('route-'.length)} ${routeWords(route)}`;
}

/** `default` would be taken for IPv4's where nothing else in the line tells the family. */
const prefixWord = (prefix: Prefix): string =>
  prefix.length === 0 ? formatPrefix(prefix) : routePrefix(prefix);

/** A route as `ip route add` takes it. */
function routeWords(route: RouteSpec): string {
  const { type = 'unicast', dst, via, table } = route;
  const words: string[] = type === 'unicast' ? [] : [type];
  words.push(prefixWord(dst));
  if (route.tos !== undefined) words.push(`tos ${serviceName(route.tos)}`);
  if (via !== undefined) words.push(viaWords(via, dst));
  if (route.dev !== undefined) words.push(`dev ${route.dev}`);
  if (route.onlink === true) words.push('onlink');
  if (route.src !== undefined) words.push(`src ${formatIp(route.src)}`);
  if (route.scope !== undefined) words.push(`scope ${route.scope}`);
  if (route.protocol !== undefined) words.push(`proto ${route.protocol}`);
  if (route.metric !== undefined) words.push(`metric ${route.metric}`);
  if (route.mtuBytes !== undefined) words.push(`mtu ${route.mtuBytes}`);
  // Without a word about it, iproute2 puts local and broadcast routes into the local table.
  if (table !== undefined || type === 'local' || type === 'broadcast') {
    words.push(`table ${tableName(table ?? 254)}`);
  }
  for (const hop of route.nexthops ?? []) words.push(nexthopWords(hop, dst));
  return words.join(' ');
}

function nexthopWords({ via, dev, onlink, weight }: NextHopSpec, dst: Prefix): string {
  const words = ['nexthop'];
  if (via !== undefined) words.push(viaWords(via, dst));
  if (dev !== undefined) words.push(`dev ${dev}`);
  if (weight !== undefined) words.push(`weight ${weight}`);
  if (onlink === true) words.push('onlink');
  return words.join(' ');
}

const viaWords = (via: Ip, dst: Prefix): string =>
  `via ${typeof via === typeof dst.address ? '' : 'inet6 '}${formatIp(via)}`;

/** A rule as `ip rule add` takes it. */
function ruleWords(rule: RuleSpec): string {
  const words: string[] = [];
  if (rule.not === true) words.push('not');
  words.push(`from ${rule.from === undefined ? 'all' : formatPrefix(rule.from)}`);
  if (rule.to !== undefined) words.push(`to ${formatPrefix(rule.to)}`);
  if (rule.tos !== undefined) words.push(`tos ${serviceName(rule.tos)}`);
  if (rule.fwmark !== undefined) {
    words.push(`fwmark 0x${rule.fwmark.value.toString(16)}/0x${rule.fwmark.mask.toString(16)}`);
  }
  if (rule.iif !== undefined) words.push(`iif ${rule.iif}`);
  if (rule.oif !== undefined) words.push(`oif ${rule.oif}`);
  if (rule.protocol !== undefined) words.push(`ipproto ${protocolName(rule.protocol)}`);
  if (rule.sourcePorts !== undefined) words.push(`sport ${portWords(rule.sourcePorts)}`);
  if (rule.destinationPorts !== undefined) words.push(`dport ${portWords(rule.destinationPorts)}`);
  words.push(`priority ${rule.priority}`);
  const { action } = rule;
  words.push(actionWords(action));
  return words.join(' ');
}

function actionWords(action: RuleSpec['action']): string {
  if (action.kind === 'goto') return `goto ${action.priority}`;
  if (action.kind !== 'lookup') return action.kind;
  const { table, suppressPrefixLength: length } = action;
  const suppress = length === undefined ? '' : ` suppress_prefixlength ${length}`;
  return `lookup ${tableName(table)}${suppress}`;
}

const portWords = ({ first, last }: RulePorts): string =>
  first === last ? String(first) : `${first}-${last}`;
