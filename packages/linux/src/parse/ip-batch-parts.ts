import type { NextHopSpec, RulePorts } from '../commands.ts';
import { protocolNumber } from '../netfilter/protocol-names.ts';
import { serviceNumber } from '../text/service-text.ts';
import type { LineCursor } from './line-cursor.ts';
import { shown } from './parse-error.ts';

type Draft<T> = { -readonly [key in keyof T]: T[key] };

/** One of a route's next hops, after the word `nexthop`. */
export function readNexthop(cursor: LineCursor): NextHopSpec {
  const hop: Draft<NextHopSpec> = {};
  for (;;) {
    if (cursor.skip('via')) {
      cursor.skip('inet6');
      hop.via = cursor.ip('a gateway');
    } else if (cursor.skip('dev')) hop.dev = cursor.take('a device');
    else if (cursor.skip('weight')) hop.weight = cursor.integer('weight', 1, 256);
    else if (cursor.skip('onlink')) hop.onlink = true;
    else return hop;
  }
}

/** A type of service: by name, or hexadecimal. */
export function readService(cursor: LineCursor): number {
  const text = cursor.take('a type of service');
  return (
    serviceNumber(text) ??
    cursor.failBefore(
      `${shown(text)} is no type of service`,
      'hexadecimal digits after 0x, or a name',
    )
  );
}

/** A protocol: by name or number. */
export function readProtocol(cursor: LineCursor): number {
  const text = cursor.take('a protocol');
  const number = protocolNumber(text);
  return number > 0
    ? number
    : cursor.failBefore(`${shown(text)} is no protocol`, 'a name or number');
}

/** A port, or the first and the last of a range. */
export function readPorts(cursor: LineCursor): RulePorts {
  const text = cursor.take('ports');
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (first === undefined) {
    return cursor.failBefore(`${shown(text)} is no port`, 'a port, or two with a dash between');
  }
  return { first: Number(first), last: Number(last) };
}
