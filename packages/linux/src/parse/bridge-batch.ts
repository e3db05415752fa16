import type { FdbChange, LinkSet } from '../commands.ts';
import { PORT_FLAGS } from '../text/bridge-commands.ts';
import { LineCursor } from './line-cursor.ts';
import { type Located, meaningfulLines } from './located.ts';

const PORT_STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'] as const;

type Draft<T> = { -readonly [key in keyof T]: T[key] };

/** Reads lines for `bridge -batch`, in the form in which programs are printed. Throws ParseError. */
export function parseBridgeBatch(
  text: string,
  file: string,
): readonly Located<FdbChange | LinkSet>[] {
  return [...meaningfulLines(text)].map(({ line, value }) => {
    const cursor = new LineCursor(file, line, value);
    const isFdb = cursor.choice('object', ['fdb', 'link']) === 'fdb';
    const command = isFdb ? readFdb(cursor) : readPort(cursor);
    cursor.expectEnd();
    return { line: cursor.line, value: command };
  });
}

function readFdb(cursor: LineCursor): FdbChange {
  const verb = cursor.choice('command', ['append', 'replace', 'delete']);
  const mac = cursor.mac('a MAC address');
  const dev = readDevice(cursor);
  const place = cursor.skip('dst') ? { dst: cursor.ip('an address') } : {};
  cursor.choice('owner', ['dst' in place ? 'self' : 'master']);
  if (verb === 'delete') return { kind: 'fdb-delete', dev, mac, ...place };
  const life = cursor.choice('life', ['permanent', 'static', 'dynamic']);
  return { kind: `fdb-${verb}`, dev, mac, ...place, life };
}

function readPort(cursor: LineCursor): LinkSet {
  cursor.choice('command', ['set']);
  const set: Draft<LinkSet> = { kind: 'link-set', dev: readDevice(cursor) };
  while (!cursor.atEnd) {
    const word = cursor.choice('setting', ['state', ...PORT_FLAGS.map(([, name]) => name)]);
    const flag = PORT_FLAGS.find(([, name]) => name === word)?.[0];
    if (flag === undefined) set.state = cursor.choice('state', PORT_STATES);
    else set[flag] = cursor.choice('value', ['on', 'off']) === 'on';
  }
  return set;
}

function readDevice(cursor: LineCursor): string {
  cursor.choice('keyword', ['dev']);
  return cursor.take('a device');
}
