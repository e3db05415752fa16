import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import type { NftLookupKey } from '../model/operand.ts';
import type { NftElement, NftSetSpec, NftSetTypes } from '../model/ruleset.ts';
import { isVerdict } from '../model/statement.ts';
import type { NftCounts } from '../model/value.ts';
import { formatDuration } from './duration-text.ts';
import { formatLookupKey } from './operand-text.ts';
import { type DeviceNames, formatKey, NO_DEVICE_NAMES } from './scalar-text.ts';
import { formatCounter, formatVerdict } from './statement-text.ts';

/** The lines between a set's braces that say what it is, in nft's order. */
export const formatSetSpec = (spec: NftSetSpec): readonly string[] => {
  const { timeoutMs, gcIntervalMs, counter, autoMerge, comment } = spec;
  return [
    formatTypes(spec),
    ...(spec.constant === true ? [] : sizeLines(spec)),
    ...flagLines(spec),
    ...(counter === undefined ? [] : [formatCounter(counter, isZero(counter))]),
    ...(autoMerge === true ? ['auto-merge'] : []),
    ...(timeoutMs === undefined ? [] : [`timeout ${formatDuration(timeoutMs)}`]),
    ...(gcIntervalMs === undefined ? [] : [`gc-interval ${formatDuration(gcIntervalMs)}`]),
    ...(comment === undefined ? [] : [`comment "${comment}"`]),
  ];
};

const formatTypes = ({ key, data, typeOf }: NftSetSpec): string => {
  const keys = typeOf === undefined ? key.join(' . ') : formatFields(typeOf.key);
  const values =
    data === undefined || data === 'verdict'
      ? data
      : typeOf?.data === undefined
        ? data.join(' . ')
        : formatFields(typeOf.data);
  return `${typeOf === undefined ? 'type' : 'typeof'} ${keys}${values === undefined ? '' : ` : ${values}`}`;
};

const formatFields = (key: NftLookupKey): string => formatLookupKey(key, NO_DEVICE_NAMES);

const isZero = ({ packets, bytes }: NftCounts): boolean => packets === 0 && bytes === 0;

const sizeLines = ({ policy, size }: NftSetSpec): readonly string[] => [
  ...(policy === 'memory' ? ['policy memory'] : []),
  ...(size === undefined ? [] : [`size ${size}`]),
];

/** That there are timeouts goes without saying when there is one for all. */
const flagLines = (spec: NftSetSpec): readonly string[] => {
  const { constant, dynamic, interval, timeout, timeoutMs } = spec;
  const others = [
    ...(constant === true ? ['constant'] : []),
    ...(dynamic === true ? ['dynamic'] : []),
    ...(interval === true ? ['interval'] : []),
  ];
  if (others.length === 0 && timeoutMs !== undefined) return [];
  const flags = timeout === true || timeoutMs !== undefined ? [...others, 'timeout'] : others;
  return flags.length === 0 ? [] : [`flags ${flags.join(',')}`];
};

/** `elements = { … }`, which goes on on the next line after as many as nft puts on one. */
export const formatElements = (
  key: readonly NftDatatype[],
  elements: readonly string[],
): string => {
  const [type, ...others] = key;
  const perLine = type === undefined || others.length > 0 ? 1 : datatypeInfo(type).perLine;
  let text = 'elements = { ';
  let onLine = 0;
  for (const [index, element] of elements.entries()) {
    if (index > 0) {
      text += onLine < perLine ? ', ' : ',\n\t\t\t     ';
      if (onLine >= perLine) onLine = 0;
    }
    text += element;
    onLine++;
  }
  return `${text} }`;
};

export const formatElement = (
  element: NftElement,
  spec: NftSetTypes,
  devices: DeviceNames,
  stateless = false,
): string => {
  const { key, data, counter, timeoutMs, expiresMs, comment } = element;
  const text = [
    formatKey(spec.key, key, devices),
    ...(counter === undefined ? [] : [formatCounter(counter, stateless)]),
    ...(timeoutMs === undefined ? [] : [`timeout ${formatDuration(timeoutMs)}`]),
    ...(expiresMs === undefined ? [] : [`expires ${formatDuration(expiresMs)}`]),
    ...(comment === undefined ? [] : [`comment "${comment}"`]),
  ].join(' ');
  if (data === undefined || spec.data === undefined) return text;
  if (isVerdict(data)) return `${text} : ${formatVerdict(data)}`;
  const types = spec.data === 'verdict' ? [] : spec.data;
  return `${text} : ${formatKey(types, data, devices)}`;
};
