import type { FdbChange } from '../commands.ts';
import { type JsonEntry, readJsonEntries } from './json-entry.ts';

export type FdbAppend = Extract<FdbChange, { readonly kind: 'fdb-append' | 'fdb-replace' }>;

const FIELDS: ReadonlySet<string> = new Set([
  'dev',
  'dst',
  'flags',
  'ifname',
  'mac',
  'master',
  'offload',
  'state',
  'updated',
  'used',
  'vlan',
]);

/**
 * Reads `bridge -json fdb`: what VXLAN devices forward by, and what bridges know. Left out are the groups that devices
 * listen to, the addresses of a bridge's own ports, and entries for VLANs, which a bridge that filters none has beside
 * the same entry without. Throws ParseError.
 */
export function parseFdb(text: string, file: string): readonly FdbAppend[] {
  return readJsonEntries(text, file).flatMap((entry) => entryOf(entry) ?? []);
}

function entryOf(entry: JsonEntry): FdbAppend | undefined {
  const self = entry.texts('flags').includes('self');
  const isTunnel = entry.has('dst');
  // `self` without a place elsewhere: an address that the device itself listens to.
  if (!isTunnel && (self || entry.has('vlan'))) return undefined;
  entry.allowOnly(FIELDS, 'FDB entries');
  const dev = entry.optionalText('ifname') ?? entry.text('dev');
  const mac = entry.optionalMac('mac') ?? entry.fail('mac', 'missing', 'a MAC address');
  const state = entry.optionalText('state');
  const life = state === 'permanent' || state === 'static' ? state : 'dynamic';
  if (isTunnel) return { kind: 'fdb-append', dev, mac, dst: entry.ip('dst'), life };
  // The bridge's own entry names the bridge as its device.
  if (entry.optionalText('master') === dev) return undefined;
  return { kind: 'fdb-replace', dev, mac, life };
}
