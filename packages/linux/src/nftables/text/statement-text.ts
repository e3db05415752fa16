import { familyOf, formatIp } from '@podpath/net';
import type { NftDatatype } from '../model/datatype.ts';
import { type NftLookupKey, operandDatatype, operandsOf } from '../model/operand.ts';
import {
  isOperand,
  isSetReference,
  type NftLimit,
  type NftLog,
  type NftMapLookup,
  type NftNat,
  type NftNatFlags,
  type NftPorts,
  type NftSetUpdate,
  type NftSource,
  type NftStatement,
  type NftVerdict,
  type NftVerdictMap,
} from '../model/statement.ts';
import type { NftCounts } from '../model/value.ts';
import { formatDuration } from './duration-text.ts';
import { formatMatch } from './match-text.ts';
import { formatLookupKey, formatOperand } from './operand-text.ts';
import { type DeviceNames, formatKey, formatScalar } from './scalar-text.ts';

export interface StatementTextOptions {
  readonly devices: DeviceNames;
  /** What a rule's next counter has counted; absent: as the rule was written. */
  readonly counted?: () => { readonly packets: number; readonly bytes: number } | undefined;
  readonly stateless?: boolean;
  /** In a listing, not in a command. */
  readonly listed?: boolean;
}

export const formatStatement = (statement: NftStatement, options: StatementTextOptions): string => {
  const { devices } = options;
  switch (statement.kind) {
    case 'match':
      return formatMatch(statement, devices, options.listed === true);
    case 'vmap':
      return formatVerdictMap(statement, devices);
    case 'accept':
    case 'drop':
    case 'continue':
    case 'return':
    case 'jump':
    case 'goto':
      return formatVerdict(statement);
    case 'reject':
      return statement.with === undefined ? 'reject' : `reject with ${statement.with}`;
    case 'set-mark':
      return `${statement.target} set ${formatSource(statement.value, devices)}`;
    case 'snat':
    case 'dnat':
      return formatNat(statement, devices);
    case 'masquerade':
    case 'redirect': {
      const { kind, ports } = statement;
      return `${kind}${ports === undefined ? '' : ` to ${formatPorts(ports)}`}${formatFlags(statement)}`;
    }
    case 'set-update':
      return formatSetUpdate(statement, devices);
    case 'limit':
      return formatLimit(statement);
    case 'log':
      return formatLog(statement);
    case 'counter': {
      const { packets = 0, bytes = 0 } = options.counted?.() ?? statement;
      return formatCounter({ packets, bytes }, options.stateless === true);
    }
    case 'set-field':
      return `${statement.field} set ${formatScalar(operandDatatype(statement.field), statement.value, devices)}`;
    case 'ct-count':
      return `ct count ${statement.over === true ? 'over ' : ''}${statement.most}`;
    case 'dup':
    case 'fwd':
      return `${statement.kind} to ${formatScalar('iface_index', statement.to, devices)}`;
    case 'notrack':
      return 'notrack';
  }
};

export const formatCounter = ({ packets, bytes }: NftCounts, stateless: boolean): string =>
  stateless ? 'counter' : `counter packets ${packets} bytes ${bytes}`;

export const formatVerdict = (verdict: NftVerdict): string =>
  verdict.kind === 'jump' || verdict.kind === 'goto'
    ? `${verdict.kind} ${verdict.chain}`
    : verdict.kind;

const formatVerdictMap = ({ key, map }: NftVerdictMap, devices: DeviceNames): string => {
  const types = typesOf(key);
  const text = isSetReference(map)
    ? `@${map.set}`
    : braced(
        map.elements.map(
          (element) => `${formatKey(types, element.key, devices)} : ${formatVerdict(element.data)}`,
        ),
      );
  return `${formatLookupKey(key, devices)} vmap ${text}`;
};

const formatMapLookup = (
  { key, map }: NftMapLookup,
  data: readonly NftDatatype[],
  devices: DeviceNames,
): string => {
  const types = typesOf(key);
  const text = isSetReference(map)
    ? `@${map.set}`
    : braced(
        map.elements.map((element) => {
          const value = formatKey(data, element.data, devices);
          return `${formatKey(types, element.key, devices)} : ${value}`;
        }),
      );
  return `${formatLookupKey(key, devices)} map ${text}`;
};

const typesOf = (key: NftLookupKey): readonly NftDatatype[] => operandsOf(key).map(operandDatatype);

const braced = (elements: readonly string[]): string => `{ ${elements.join(', ')} }`;

const formatSource = (value: NftSource, devices: DeviceNames): string => {
  if (typeof value === 'number') return formatScalar('mark', value, devices);
  if (isOperand(value)) return formatOperand(value, devices);
  return formatMapLookup(value, ['mark'], devices);
};

const formatNat = (statement: NftNat, devices: DeviceNames): string => {
  const { kind, family, to } = statement;
  const target = 'kind' in to ? formatNatMap(to, family, devices) : formatTarget(to);
  const named = family === undefined ? '' : ` ${family}`;
  return `${kind}${named} to ${target}${formatFlags(statement)}`;
};

const formatNatMap = (
  lookup: NftMapLookup,
  family: NftNat['family'],
  devices: DeviceNames,
): string => {
  const address = family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
  return formatMapLookup(lookup, [address, 'inet_service'], devices);
};

const formatTarget = ({ address, ports }: Exclude<NftNat['to'], NftMapLookup>): string => {
  const end = ports === undefined ? '' : formatPorts(ports);
  if (address === undefined) return end;
  const text = formatIp(address);
  return familyOf(address) === 6 && ports !== undefined ? `[${text}]${end}` : `${text}${end}`;
};

const formatPorts = ({ first, last }: NftPorts): string =>
  first === last ? `:${first}` : `:${first}-${last}`;

const formatFlags = ({ random, fullyRandom, persistent }: NftNatFlags): string => {
  const flags = [
    ...(random === true ? ['random'] : []),
    ...(fullyRandom === true ? ['fully-random'] : []),
    ...(persistent === true ? ['persistent'] : []),
  ];
  return flags.length === 0 ? '' : ` ${flags.join(',')}`;
};

const formatSetUpdate = (
  { op, set, key, counter, timeoutMs }: NftSetUpdate,
  devices: DeviceNames,
): string => {
  const timeout = timeoutMs === undefined ? '' : ` timeout ${formatDuration(timeoutMs)}`;
  const counted = counter === undefined ? '' : ' counter';
  return `${op} @${set} { ${formatLookupKey(key, devices)}${counted}${timeout} }`;
};

const DEFAULT_BURST_PACKETS = 5;

const formatLimit = ({ rate, per, over, burstPackets }: NftLimit): string => {
  const burst =
    burstPackets === undefined || burstPackets === DEFAULT_BURST_PACKETS
      ? ''
      : ` burst ${burstPackets} packets`;
  return `limit rate ${over === true ? 'over ' : ''}${rate}/${per}${burst}`;
};

const formatLog = ({ prefix, level, group, snaplenBytes, queueThreshold }: NftLog): string =>
  [
    'log',
    ...(prefix === undefined ? [] : [`prefix "${prefix}"`]),
    ...(level === undefined || level === 'warn' ? [] : [`level ${level}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(snaplenBytes === undefined ? [] : [`snaplen ${snaplenBytes}`]),
    ...(queueThreshold === undefined ? [] : [`queue-threshold ${queueThreshold}`]),
  ].join(' ');
