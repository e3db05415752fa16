import type { IpsetCommand } from '../../commands.ts';
import { invalid, type Refusal } from '../refusal.ts';
import { AddressIndex } from './address-index.ts';
import { AddressPortAddressIndex } from './address-port-address-index.ts';
import { AddressPortIndex } from './address-port-index.ts';
import { BitmapPortSet } from './bitmap-port.ts';
import { isPort } from './expand-entry.ts';
import { HashSet } from './hash-set.ts';
import { ListSet } from './list-set.ts';
import type { Extensions } from './member.ts';
import type { MemberSet } from './member-set.ts';
import { NetNetIndex } from './net-net-index.ts';
import type { IpsetSlot } from './slot.ts';

export const DEFAULT_MAX_ELEMENTS = 65_536;
export const DEFAULT_HASH_SIZE = 1024;
export const DEFAULT_LIST_SIZE = 8;
/** More seconds than that do not fit in the kernel's milliseconds. */
const LONGEST_TIMEOUT_SECONDS = 2_147_483;

/** What new sets need to know of the namespace. */
export interface SetSurroundings {
  readonly nowMs: () => number;
  readonly slotOf: (name: string) => IpsetSlot | undefined;
}

/** The empty set that a command asks for. */
export const newSet = (
  command: Extract<IpsetCommand, { readonly op: 'create' }>,
  { nowMs, slotOf }: SetSurroundings,
): MemberSet | Refusal => {
  const { type, family, maxElements, timeoutSeconds, range } = command;
  if (timeoutSeconds !== undefined && !isTimeout(timeoutSeconds)) return BAD_TIMEOUT;
  const extensions: Extensions = {
    comments: command.comment === true,
    counters: command.counters === true,
    timeoutSeconds,
  };
  const spec = {
    family,
    maxElements: maxElements ?? DEFAULT_MAX_ELEMENTS,
    hashSize: command.hashSize ?? DEFAULT_HASH_SIZE,
    extensions,
    seed: command.initval ?? seedOf(command.set),
    nowMs,
  };
  switch (type) {
    case 'hash:ip':
      return new HashSet(spec, new AddressIndex(family, 'ip'));
    case 'hash:net':
      return new HashSet(spec, new AddressIndex(family, 'net'));
    case 'hash:ip,port':
      return new HashSet(spec, new AddressPortIndex(family, 'ip'));
    case 'hash:net,port':
      return new HashSet(spec, new AddressPortIndex(family, 'net'));
    case 'hash:ip,port,ip':
      return new HashSet(spec, new AddressPortAddressIndex(family, 'ip'));
    case 'hash:ip,port,net':
      return new HashSet(spec, new AddressPortAddressIndex(family, 'net'));
    case 'hash:net,net':
      return new HashSet(spec, new NetNetIndex(family));
    case 'bitmap:port': {
      if (range === undefined) return NO_RANGE;
      const { first, last } = range;
      if (!isPort(first) || !isPort(last)) return NO_RANGE;
      const sorted = { first: Math.min(first, last), last: Math.max(first, last) };
      return new BitmapPortSet({ range: sorted, extensions, nowMs });
    }
    case 'list:set':
      return new ListSet({ size: maxElements ?? DEFAULT_LIST_SIZE, extensions, nowMs }, slotOf);
  }
};

export const isTimeout = (seconds: number): boolean =>
  Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST_TIMEOUT_SECONDS;

/** In place of the kernel's random number, one that is the same each time (FNV-1a). */
const seedOf = (name: string): number => {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x0100_0193);
  }
  return hash >>> 0;
};

const NO_RANGE: Refusal = invalid("mandatory option `range' is missing or no range of ports");
export const BAD_TIMEOUT: Refusal = invalid(
  `a timeout is a number of seconds in the range 0-${LONGEST_TIMEOUT_SECONDS}`,
);
