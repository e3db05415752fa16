import { type Ip, type IpFamily, prefixOf } from '@podpath/net';
import type { RulePorts, RuleSpec } from '../commands.ts';
import { protocolNumber } from '../netfilter/protocol-names.ts';
import { type JsonEntry, readJsonEntries } from './json-entry.ts';
import { shown } from './parse-error.ts';
import { tableFrom } from './routing-tables.ts';
import { serviceFrom } from './service-field.ts';

const FIELDS: ReadonlySet<string> = new Set([
  'action',
  'dport',
  'dport_end',
  'dport_start',
  'dst',
  'dstlen',
  'fwmark',
  'fwmask',
  'goto',
  'iif',
  'iif_detached',
  'ipproto',
  'nop',
  'not',
  'oif',
  'oif_detached',
  'priority',
  'protocol',
  'sport',
  'sport_end',
  'sport_start',
  'src',
  'srclen',
  'suppress_prefixlen',
  'table',
  'tos',
  'unresolved',
]);

/** Reads `ip -json rule` (or `ip -6 -json rule`). Throws ParseError. */
export function parseRules(
  text: string,
  source: {
    readonly file: string;
    readonly family: IpFamily;
    readonly tables: ReadonlyMap<string, number>;
  },
): readonly RuleSpec[] {
  return readJsonEntries(text, source.file).map((entry) =>
    ruleOf(entry, source.family, source.tables),
  );
}

function ruleOf(entry: JsonEntry, family: IpFamily, tables: ReadonlyMap<string, number>): RuleSpec {
  entry.allowOnly(FIELDS, 'rules');
  const from = selectorOf(entry, 'src');
  const to = selectorOf(entry, 'dst');
  const mark = markOf(entry);
  const iif = entry.optionalText('iif');
  const oif = entry.optionalText('oif');
  const sourcePorts = portsOf(entry, 'sport');
  const destinationPorts = portsOf(entry, 'dport');
  return {
    family,
    priority: entry.integer('priority'),
    ...(entry.flag('not') ? { not: true } : {}),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(mark === undefined ? {} : { fwmark: mark }),
    ...(iif === undefined ? {} : { iif }),
    ...(oif === undefined ? {} : { oif }),
    ...(entry.has('tos') ? { tos: serviceFrom(entry) } : {}),
    ...(entry.has('ipproto') ? { protocol: protocolOf(entry) } : {}),
    ...(sourcePorts === undefined ? {} : { sourcePorts }),
    ...(destinationPorts === undefined ? {} : { destinationPorts }),
    action: actionOf(entry, tables),
  };
}

function selectorOf(entry: JsonEntry, name: 'src' | 'dst') {
  const text = entry.optionalText(name);
  if (text === undefined || text === 'all') return undefined;
  const address: Ip = entry.ip(name);
  const bits = typeof address === 'number' ? 32 : 128;
  const length = entry.optionalInteger(`${name}len`) ?? bits;
  if (length > bits)
    entry.fail(`${name}len`, `${length} is too long`, `a length from 0 to ${bits}`);
  return prefixOf(address, length);
}

function portsOf(entry: JsonEntry, name: 'sport' | 'dport'): RulePorts | undefined {
  const only = entry.optionalInteger(name);
  if (only !== undefined) return { first: only, last: only };
  if (!entry.has(`${name}_start`)) return undefined;
  return { first: entry.integer(`${name}_start`), last: entry.integer(`${name}_end`) };
}

/** By name, by number, or as `ipproto-255` where it has no name. */
function protocolOf(entry: JsonEntry): number {
  const text = entry.text('ipproto');
  const number = protocolNumber(text.replace(/^ipproto-/, ''));
  return number > 0 ? number : entry.fail('ipproto', `${shown(text)} is no protocol`, 'its name');
}

function markOf(entry: JsonEntry): RuleSpec['fwmark'] {
  if (!entry.has('fwmark')) return undefined;
  return {
    value: word(entry, 'fwmark'),
    mask: entry.has('fwmask') ? word(entry, 'fwmask') : 0xffff_ffff,
  };
}

function word(entry: JsonEntry, name: string): number {
  const text = entry.text(name);
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number(text);
  return entry.fail(name, `${shown(text)} is no mark`, 'hexadecimal digits after 0x');
}

function actionOf(entry: JsonEntry, tables: ReadonlyMap<string, number>): RuleSpec['action'] {
  const action = entry.optionalText('action');
  if (entry.has('goto')) return { kind: 'goto', priority: entry.integer('goto') };
  if (entry.has('nop')) return { kind: 'nop' };
  const length = entry.optionalInteger('suppress_prefixlen');
  switch (action) {
    case undefined:
    case 'to_tbl':
      return {
        kind: 'lookup',
        table: tableFrom(entry, tables),
        ...(length === undefined ? {} : { suppressPrefixLength: length }),
      };
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      return { kind: action };
    default:
      return entry.fail('action', `rules with ${shown(action)} are not supported`, 'a table');
  }
}
