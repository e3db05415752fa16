import type { IpsetCommand, IpsetEntry, IpsetType } from '@podpath/linux';
import { formatPrefix } from '@podpath/net';
import { NpcError } from './npc-error.ts';

export interface NpcSet {
  readonly type: IpsetType;
  readonly members: ReadonlyMap<MemberKey, NpcMember>;
}

interface NpcMember {
  readonly entry: IpsetEntry;
  readonly comment: string;
  /** UIDs of the objects that want it there. */
  readonly users: ReadonlySet<string>;
}

type MemberKey = number | bigint | string;
type OwnMember = Omit<NpcMember, 'users'> & { readonly users: Set<string> };
type OwnSet = Omit<NpcSet, 'members'> & { readonly members: Map<MemberKey, OwnMember> };

/** How many sets a `list:set` takes: weave-npc's `--max-list-size`. */
const MAX_LIST_SIZE = 1024;
/** How many addresses a set takes: ipset's default, which weave-npc does not change. */
export const MAX_SET_SIZE = 65_536;

/**
 * The ipsets that weave-npc keeps. A member stays as long as one object wants it, so that pods that had
 * the same address one after the other do not remove each other. Every change of a set that follows
 * is told to `emit`.
 */
export class IpSets {
  readonly #sets = new Map<string, OwnSet>();
  readonly #emit: (command: IpsetCommand) => void;

  constructor(emit: (command: IpsetCommand) => void) {
    this.#emit = emit;
  }

  get sets(): ReadonlyMap<string, NpcSet> {
    return this.#sets;
  }

  /** Throws `NpcError` when there is a set of that name, as the kernel would refuse it. */
  create(name: string, type: IpsetType): void {
    if (this.#sets.has(name)) {
      throw new NpcError('set-name-clash', `a set ${name} exists for another kind of selector`);
    }
    this.#sets.set(name, { type, members: new Map() });
    this.#emit(createCommand(name, type));
  }

  /** Throws `NpcError` when there is no such set, when it is full, and for an IPv6 entry: the sets are IPv4. */
  add(name: string, entry: IpsetEntry, user: string, comment: string): void {
    if (entry.kind === 'net' && typeof entry.prefix.address !== 'number') {
      throw new NpcError('ipv6', `${formatPrefix(entry.prefix)} does not fit an IPv4 set`);
    }
    const set = this.#sets.get(name);
    if (set === undefined) throw new NpcError('no-such-set', `there is no set ${name}`);
    const { members, type } = set;
    const member = members.get(keyOf(entry));
    if (member !== undefined) {
      member.users.add(user);
      return;
    }
    if (type !== 'list:set' && members.size >= MAX_SET_SIZE) {
      throw new NpcError(
        'set-full',
        `the set ${name} has ${MAX_SET_SIZE} members and takes no more`,
      );
    }
    members.set(keyOf(entry), { entry, comment, users: new Set([user]) });
    this.#emit({ kind: 'ipset', set: name, op: 'add', entry, comment });
  }

  /** What is not there needs no removing. */
  remove(name: string, entry: IpsetEntry, user: string): void {
    const members = this.#sets.get(name)?.members;
    const member = members?.get(keyOf(entry));
    if (members === undefined || member === undefined) return;
    if (!member.users.delete(user) || member.users.size > 0) return;
    members.delete(keyOf(entry));
    this.#emit({ kind: 'ipset', set: name, op: 'delete', entry });
  }

  destroy(name: string): void {
    if (this.#sets.delete(name)) this.#emit({ kind: 'ipset', set: name, op: 'destroy' });
  }
}

const createCommand = (set: string, type: IpsetType): IpsetCommand => ({
  kind: 'ipset',
  op: 'create',
  set,
  type,
  family: 4,
  comment: true,
  ...(type === 'list:set' ? { maxElements: MAX_LIST_SIZE } : {}),
});

const keyOf = (entry: IpsetEntry): MemberKey => {
  switch (entry.kind) {
    case 'ip':
      return entry.address;
    case 'net':
      return formatPrefix(entry.prefix);
    case 'set':
      return entry.name;
    case 'ip,port':
      return `${entry.address},${entry.protocol}:${entry.port}`;
    default:
      throw new RangeError(`weave-npc makes no members of kind ${entry.kind}`);
  }
};
