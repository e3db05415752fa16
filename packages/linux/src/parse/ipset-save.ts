import type { IpFamily } from '@podpath/net';
import type { IpsetCommand } from '../commands.ts';
import type { IpsetEntry, IpsetType } from '../netfilter/rule.ts';
import { LineCursor } from './line-cursor.ts';
import { type Located, meaningfulLines } from './located.ts';
import { shown } from './parse-error.ts';

export interface IpsetDump {
  readonly commands: readonly Located<IpsetCommand>[];
  /** Sets that are left out, with why in words: they are of a type, or hold members, that podpath does not emulate. */
  readonly opaque: ReadonlyMap<string, string>;
}

/**
 * Reads `ipset save` or `ipset restore` text. Options that bear on no lookup of a set as it stands (hash sizes, timeouts,
 * counters) are passed over. Throws ParseError.
 */
export function parseIpset(text: string, file: string): IpsetDump {
  const reader = new IpsetReader(file);
  for (const { line, value } of meaningfulLines(text)) reader.line(line, value);
  return reader.finish();
}

const TYPES: readonly IpsetType[] = ['hash:ip', 'hash:net', 'hash:ip,port', 'list:set'];

/** Options of `create` that take a number and change no answer. */
const IDLE_NUMBERS: ReadonlySet<string> = new Set(['hashsize', 'bucketsize', 'initval', 'timeout']);
const IDLE_FLAGS: ReadonlySet<string> = new Set(['counters', 'forceadd', 'skbinfo']);
const IDLE_MEMBER_OPTIONS: ReadonlySet<string> = new Set([
  'timeout',
  'packets',
  'bytes',
  'skbmark',
  'skbprio',
  'skbqueue',
]);

class IpsetReader {
  readonly #file: string;
  readonly #types = new Map<string, IpsetType>();
  readonly #commands: Located<IpsetCommand>[] = [];
  readonly #opaque = new Map<string, string>();

  constructor(file: string) {
    this.#file = file;
  }

  line(line: number, text: string): void {
    const cursor = new LineCursor(this.#file, line, text);
    const verb = cursor.choice('command', ['create', 'add', 'del', 'flush', 'destroy', 'swap']);
    const set = cursor.take('the name of a set');
    switch (verb) {
      case 'create':
        this.#create(cursor, set);
        break;
      case 'add':
      case 'del':
        this.#member(cursor, verb, set);
        break;
      case 'flush':
      case 'destroy':
        this.#add(cursor, { kind: 'ipset', op: verb, set });
        break;
      case 'swap':
        this.#add(cursor, { kind: 'ipset', op: 'swap', set, with: cursor.take('a set') });
    }
  }

  finish(): IpsetDump {
    const opaque = this.#opaque;
    // A list is no clearer than the sets in it, and no list is in a list.
    for (const { value } of this.#commands) {
      if (value.op !== 'add' || value.entry.kind !== 'set' || !opaque.has(value.entry.name))
        continue;
      opaque.set(value.set, `set ${value.set}, where ${opaque.get(value.entry.name)}`);
    }
    return { commands: this.#commands.filter(({ value }) => !opaque.has(value.set)), opaque };
  }

  #create(cursor: LineCursor, set: string): void {
    const text = cursor.take('the type of a set');
    const type = TYPES.find((each) => each === text);
    if (type === undefined) {
      if (!/^(hash|bitmap|list):[\w,]+$/.test(text)) {
        cursor.failBefore(`${shown(text)} is no type of a set`, TYPES.join(', '));
      }
      this.#opaque.set(set, `set ${set}, which is of type ${text},`);
      return;
    }
    this.#types.set(set, type);
    let family: IpFamily = 4;
    let maxElements: number | undefined;
    let comment = false;
    while (!cursor.atEnd) {
      const option = cursor.take('an option');
      if (option === 'family')
        family = cursor.choice('family', ['inet', 'inet6']) === 'inet' ? 4 : 6;
      else if (option === 'maxelem' || (option === 'size' && type === 'list:set')) {
        maxElements = cursor.integer('number of members', 0, 0xffff_ffff);
      } else if (option === 'comment') comment = true;
      else if (IDLE_NUMBERS.has(option)) cursor.word32(option);
      else if (!IDLE_FLAGS.has(option)) {
        this.#opaque.set(set, `set ${set}, which has the option ${option},`);
        return;
      }
    }
    this.#add(cursor, {
      kind: 'ipset',
      op: 'create',
      set,
      type,
      family,
      ...(maxElements === undefined ? {} : { maxElements }),
      ...(comment ? { comment } : {}),
    });
  }

  #member(cursor: LineCursor, verb: 'add' | 'del', set: string): void {
    if (this.#opaque.has(set)) return;
    const type = this.#types.get(set);
    if (type === undefined) {
      cursor.failBefore(`set ${shown(set)} was not made before`, 'a line create before');
    }
    const entry = readEntry(cursor, type);
    if (entry === undefined) {
      this.#opaque.set(
        set,
        `set ${set}, whose member in line ${cursor.line} is no address and port,`,
      );
      return;
    }
    let comment: string | undefined;
    let nomatch = false;
    while (!cursor.atEnd) {
      const option = cursor.take('an option');
      if (option === 'comment') comment = cursor.take('a comment');
      else if (option === 'nomatch') nomatch = true;
      else if (IDLE_MEMBER_OPTIONS.has(option)) cursor.take(option);
      else cursor.failBefore(`${shown(option)} is no option of a member`, 'comment or nomatch');
    }
    this.#add(cursor, {
      kind: 'ipset',
      op: verb === 'add' ? 'add' : 'delete',
      set,
      entry: entry.kind === 'net' && nomatch ? { ...entry, nomatch } : entry,
      ...(comment === undefined ? {} : { comment }),
    });
  }

  #add(cursor: LineCursor, value: IpsetCommand): void {
    cursor.expectEnd();
    this.#commands.push({ line: cursor.line, value });
  }
}

/** `undefined` for a member that is well formed but has a protocol without ports. */
function readEntry(cursor: LineCursor, type: IpsetType): IpsetEntry | undefined {
  switch (type) {
    case 'hash:ip':
      return { kind: 'ip', address: cursor.ip('an address') };
    case 'hash:net':
      return { kind: 'net', prefix: cursor.prefixOrAddress('a network') };
    case 'list:set':
      return { kind: 'set', name: cursor.take('the name of a set') };
    case 'hash:ip,port': {
      const [, address = '', protocol = 'tcp', port = ''] =
        /^([^,]+),(?:([\w-]+):)?([\w/-]+)$/.exec(cursor.take('an address and a port')) ?? [];
      const known = PORT_PROTOCOLS.find((each) => each === protocol);
      const ip = cursor.addressIn(address, 'an address and a port');
      if (known === undefined) return undefined;
      if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
        cursor.failBefore(`${shown(port)} is no port`, 'a number from 0 to 65535');
      }
      return { kind: 'ip,port', address: ip, protocol: known, port: Number(port) };
    }
  }
}

const PORT_PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;
