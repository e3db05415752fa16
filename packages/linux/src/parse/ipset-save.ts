import type { IpFamily } from '@podpath/net';
import type { IpsetCommand } from '../commands.ts';
import type { IpsetEntry, IpsetType } from '../netfilter/rule.ts';
import { readIpsetEntry } from './ipset-entry.ts';
import { LineCursor } from './line-cursor.ts';
import { type Located, meaningfulLines } from './located.ts';
import { shown } from './parse-error.ts';

export interface IpsetDump {
  readonly commands: readonly Located<IpsetCommand>[];
  /** Sets that are left out, with why in words: they are of a type, or hold members, that podpath does not emulate. */
  readonly opaque: ReadonlyMap<string, string>;
}

type Create = Extract<IpsetCommand, { readonly op: 'create' }>;
type Add = Extract<IpsetCommand, { readonly op: 'add' }>;
type Draft<T> = { -readonly [key in keyof T]: T[key] };

/**
 * Reads `ipset save` or `ipset restore` text. `types` has the types of sets that were made before, and gets those that
 * the text makes. Throws ParseError.
 */
export function parseIpset(
  text: string,
  file: string,
  types: Map<string, IpsetType> = new Map(),
): IpsetDump {
  const reader = new IpsetReader(file, types);
  for (const { line, value } of meaningfulLines(text)) reader.line(line, value);
  return reader.finish();
}

const TYPES: readonly IpsetType[] = [
  'hash:ip',
  'hash:net',
  'hash:ip,port',
  'hash:net,port',
  'hash:ip,port,ip',
  'hash:ip,port,net',
  'hash:net,net',
  'bitmap:port',
  'list:set',
];
const MOST = 0xffff_ffff;

class IpsetReader {
  readonly #file: string;
  readonly #types: Map<string, IpsetType>;
  readonly #commands: Located<IpsetCommand>[] = [];
  readonly #opaque = new Map<string, string>();

  constructor(file: string, types: Map<string, IpsetType>) {
    this.#file = file;
    this.#types = types;
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
      if (value.op !== 'add' || value.entry.kind !== 'set') continue;
      const why = opaque.get(value.entry.name);
      if (why !== undefined) opaque.set(value.set, `set ${value.set} with ${why}`);
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
      this.#opaque.set(set, `set ${set} of type ${text}`);
      return;
    }
    this.#types.set(set, type);
    const create: Draft<Create> & { readonly kind: 'ipset' } = {
      kind: 'ipset',
      op: 'create',
      set,
      type,
      family: 4,
    };
    while (!cursor.atEnd) {
      const option = cursor.take('an option');
      if (!readCreateOption(cursor, create, option)) {
        this.#opaque.set(set, `set ${set} with the option ${option}`);
        return;
      }
    }
    this.#add(cursor, create);
  }

  #member(cursor: LineCursor, verb: 'add' | 'del', set: string): void {
    if (this.#opaque.has(set)) return;
    const type = this.#types.get(set);
    if (type === undefined) {
      cursor.failBefore(`set ${shown(set)} was not made before`, 'a line create before');
    }
    const entry = readIpsetEntry(cursor, type);
    if (entry === undefined) {
      this.#opaque.set(set, `set ${set} with members of ICMP`);
      return;
    }
    if (verb === 'del') {
      const exist = cursor.skip('-exist') ? { exist: true } : {};
      this.#add(cursor, { kind: 'ipset', op: 'delete', set, entry, ...exist });
      return;
    }
    this.#add(cursor, { kind: 'ipset', op: 'add', set, ...readMemberOptions(cursor, entry) });
  }

  #add(cursor: LineCursor, value: IpsetCommand): void {
    cursor.expectEnd();
    this.#commands.push({ line: cursor.line, value });
  }
}

/** Returns false for an option that is not emulated. */
function readCreateOption(cursor: LineCursor, create: Draft<Create>, option: string): boolean {
  switch (option) {
    case 'family':
      create.family = FAMILIES[cursor.choice('family', ['inet', 'inet6'])];
      return true;
    case 'maxelem':
      create.maxElements = cursor.integer('number of members', 0, MOST);
      return true;
    case 'size':
      create.maxElements = cursor.integer('number of members', 0, MOST);
      return create.type === 'list:set';
    case 'hashsize':
      create.hashSize = cursor.integer('number of buckets', 0, MOST);
      return true;
    case 'initval':
      create.initval = cursor.word32('initval');
      return true;
    case 'bucketsize':
      // How many members share a bucket of the kernel's: nothing that a lookup depends on.
      cursor.integer('bucket size', 0, MOST);
      return true;
    case 'range': {
      const [first = '', last = first] = cursor.take('a range of ports').split('-');
      if (![first, last].every((part) => /^\d{1,5}$/.test(part))) return false;
      create.range = { first: Number(first), last: Number(last) };
      return true;
    }
    case 'timeout':
      create.timeoutSeconds = cursor.integer('number of seconds', 0, MOST);
      return true;
    case '-exist':
      create.exist = true;
      return true;
    case 'counters':
      create.counters = true;
      return true;
    case 'comment':
      create.comment = true;
      return true;
    case 'forceadd':
    case 'skbinfo':
      return true;
    default:
      return false;
  }
}

const FAMILIES: Readonly<Record<'inet' | 'inet6', IpFamily>> = { inet: 4, inet6: 6 };

function readMemberOptions(
  cursor: LineCursor,
  entry: IpsetEntry,
): Omit<Add, 'kind' | 'op' | 'set'> {
  const options: Draft<Omit<Add, 'kind' | 'op' | 'set'>> = { entry };
  while (!cursor.atEnd) {
    const option = cursor.take('an option');
    switch (option) {
      case 'comment':
        options.comment = cursor.take('a comment');
        break;
      case 'nomatch':
        if (!('prefix' in entry)) cursor.failBefore('nomatch is for networks', 'no nomatch');
        options.entry = { ...entry, nomatch: true };
        break;
      case 'timeout':
        options.timeoutSeconds = cursor.integer('number of seconds', 0, MOST);
        break;
      case 'packets':
      case 'bytes':
        options[option] = cursor.integer(option, 0, 2 ** 64);
        break;
      // What a target may put on the packets that match: nothing does here.
      case 'skbmark':
      case 'skbprio':
      case 'skbqueue':
        cursor.take(option);
        break;
      default:
        cursor.failBefore(`${shown(option)} is no option of a member`, 'comment or nomatch');
    }
  }
  return options;
}
