import type { LinkAdd } from '../commands.ts';
import type { LineCursor } from './line-cursor.ts';
import { readHex } from './tunnel-settings.ts';

type Own = Omit<Extract<LinkAdd, { type: 'vxlan' }>, 'kind' | 'name' | 'type' | 'mac' | 'mtuBytes'>;
type Draft = { -readonly [key in keyof Own]?: Own[key] };

const MAX_VNI = 0xff_ffff;
const MAX_PORT = 65_535;
const MAX_LABEL = 0xf_ffff;
const MAX_BYTE = 255;
const WORDS = [
  'id',
  'local',
  'remote',
  'dev',
  'dstport',
  'srcport',
  'learning',
  'nolearning',
  'ageing',
  'ttl',
  'tos',
  'df',
  'flowlabel',
  'udpcsum',
  'noudpcsum',
  'udp6zerocsumtx',
  'noudp6zerocsumtx',
] as const;

/** What a VXLAN device is made with, in any order. Identifier, port, and whether it learns have to be said. */
export function readVxlan(cursor: LineCursor): Own {
  const draft: Draft = {};
  while (!cursor.atEnd) readSetting(cursor, draft);
  const { vni, port, learning, ...rest } = draft;
  if (vni === undefined) return cursor.fail('a vxlan without an identifier', 'id NUMBER');
  if (port === undefined) return cursor.fail('a vxlan without a port', 'dstport NUMBER');
  if (learning === undefined) {
    return cursor.fail('a vxlan of which nobody knows whether it learns', 'learning or nolearning');
  }
  return { vni, port, learning, ...rest };
}

function readSetting(cursor: LineCursor, draft: Draft): void {
  const word = cursor.choice('setting', WORDS);
  switch (word) {
    case 'id':
      draft.vni = cursor.integer('identifier', 0, MAX_VNI);
      break;
    case 'local':
    case 'remote':
      draft[word] = cursor.ip('an address');
      break;
    case 'dev':
      draft.dev = cursor.take('a device');
      break;
    case 'dstport':
      draft.port = cursor.integer('port', 0, MAX_PORT);
      break;
    case 'srcport': {
      const first = cursor.integer('port', 0, MAX_PORT);
      draft.sourcePorts = { first, last: cursor.integer('port', 0, MAX_PORT) };
      break;
    }
    case 'learning':
    case 'nolearning':
      draft.learning = word === 'learning';
      break;
    case 'ageing':
      draft.ageingSeconds = cursor.integer('time', 0, 0xffff_ffff);
      break;
    case 'ttl':
      if (cursor.skip('inherit')) draft.ttl = 'inherit';
      else draft.ttl = cursor.skip('auto') ? 0 : cursor.integer('ttl', 0, MAX_BYTE);
      break;
    case 'tos':
      draft.tos = readHex(cursor, 'tos', MAX_BYTE);
      break;
    case 'df':
      draft.df = cursor.choice('value', ['unset', 'set', 'inherit']);
      break;
    case 'flowlabel':
      draft.flowLabel = cursor.word32('flow label');
      if (draft.flowLabel > MAX_LABEL) cursor.failBefore('more than 20 bits', 'a flow label');
      break;
    case 'udpcsum':
    case 'noudpcsum':
      draft.udpChecksum = word === 'udpcsum';
      break;
    default:
      draft.noUdpChecksumIpv6 = word === 'udp6zerocsumtx';
  }
}
