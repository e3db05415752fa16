import { CommandError } from '../../command-error.ts';
import type { IpsetCommand } from '../../commands.ts';
import type { MatchFunction } from '../match/match-function.ts';
import type { Refusal } from '../refusal.ts';
import { formatIpsetCommand } from '../text/ipset-text.ts';
import { HashIpSet } from './hash-ip.ts';
import { HashIpPortSet } from './hash-ip-port.ts';
import { HashNetSet } from './hash-net.ts';
import { ListSet } from './list-set.ts';
import type { MemberSet } from './member-set.ts';
import type { IpsetSlot } from './slot.ts';

const DEFAULT_MAX_ELEMENTS = 65_536;
const DEFAULT_LIST_SIZE = 8;
const LONGEST_NAME = 31;
const LONGEST_COMMENT = 255;

type OpOf<K extends IpsetCommand['op']> = Extract<IpsetCommand, { readonly op: K }>;

/** The ipsets of a namespace (net/netfilter/ipset/ip_set_core.c). */
export class IpsetStore {
  readonly #slots = new Map<string, IpsetSlot>();

  /** Throws `CommandError` with the kernel's ipset error codes, and then changes nothing. */
  apply(command: IpsetCommand): void {
    const refusal = this.#carryOut(command);
    if (refusal !== undefined) {
      throw new CommandError(refusal.code, `ipset ${formatIpsetCommand(command)}`, refusal.why);
    }
  }

  /** In the order in which they were made. */
  slots(): IterableIterator<IpsetSlot> {
    return this.#slots.values();
  }

  get(name: string): IpsetSlot | undefined {
    return this.#slots.get(name);
  }

  /** `-m set`. The set must exist; a swap later changes what the match looks at. */
  compile(name: string, directions: readonly ('src' | 'dst')[]): MatchFunction {
    const slot = this.#slots.get(name);
    if (slot === undefined) return () => false;
    const ofSource = directions.map((direction) => direction === 'src');
    return (view) => slot.set.test(view, ofSource);
  }

  #carryOut(command: IpsetCommand): Refusal | undefined {
    switch (command.op) {
      case 'create':
        return this.#create(command);
      case 'add':
      case 'delete':
        return this.#change(command);
      case 'flush': {
        const slot = this.#slots.get(command.set);
        if (slot === undefined) return NO_SUCH_SET;
        slot.set.flush();
        return undefined;
      }
      case 'destroy': {
        const slot = this.#slots.get(command.set);
        if (slot === undefined) return NO_SUCH_SET;
        if (slot.references > 0) return IN_USE;
        // A list lets go of its members.
        slot.set.flush();
        this.#slots.delete(command.set);
        return undefined;
      }
      case 'swap':
        return this.#swap(command);
    }
  }

  #create(command: OpOf<'create'>): Refusal | undefined {
    if (command.set.length === 0 || command.set.length > LONGEST_NAME) return BAD_NAME;
    if (this.#slots.has(command.set)) return SET_EXISTS;
    this.#slots.set(command.set, { name: command.set, set: this.#empty(command), references: 0 });
    return undefined;
  }

  #empty({ type, family, maxElements, comment = false }: OpOf<'create'>): MemberSet {
    const spec = {
      family,
      maxElements: maxElements ?? DEFAULT_MAX_ELEMENTS,
      comments: comment,
    };
    switch (type) {
      case 'hash:ip':
        return new HashIpSet(spec);
      case 'hash:net':
        return new HashNetSet(spec);
      case 'hash:ip,port':
        return new HashIpPortSet(spec);
      case 'list:set':
        return new ListSet({ size: maxElements ?? DEFAULT_LIST_SIZE, comments: comment }, (name) =>
          this.#slots.get(name),
        );
    }
  }

  #change({ set, op, entry, comment }: OpOf<'add' | 'delete'>): Refusal | undefined {
    const slot = this.#slots.get(set);
    if (slot === undefined) return NO_SUCH_SET;
    if (op === 'delete') return slot.set.delete(entry);
    if (comment !== undefined) {
      if (!slot.set.comments) return WITHOUT_COMMENTS;
      if (comment.includes('"')) return QUOTE_IN_COMMENT;
      if (comment.length > LONGEST_COMMENT) return COMMENT_TOO_LONG;
    }
    return slot.set.add(entry, comment);
  }

  #swap(command: OpOf<'swap'>): Refusal | undefined {
    const first = this.#slots.get(command.set);
    if (first === undefined) return NO_SUCH_SET;
    const second = this.#slots.get(command.with);
    if (second === undefined) return NO_SECOND_SET;
    if (first.set.type !== second.set.type || first.set.family !== second.set.family) {
      return TYPES_DIFFER;
    }
    [first.set, second.set] = [second.set, first.set];
    return undefined;
  }
}

const NO_SUCH_SET: Refusal = { code: 'ENOENT', why: 'the set with the given name does not exist' };
const NO_SECOND_SET: Refusal = {
  code: 'IPSET_ERR_EXIST_SETNAME2',
  why: 'sets cannot be swapped: the second set does not exist',
};
const SET_EXISTS: Refusal = {
  code: 'EEXIST',
  why: 'set cannot be created: set with the same name already exists',
};
const IN_USE: Refusal = {
  code: 'IPSET_ERR_BUSY',
  why: 'set cannot be destroyed: it is in use by a kernel component',
};
const TYPES_DIFFER: Refusal = {
  code: 'IPSET_ERR_TYPE_MISMATCH',
  why: 'the sets cannot be swapped: their type does not match',
};
const BAD_NAME: Refusal = {
  code: 'EINVAL',
  why: `a set name has 1 to ${LONGEST_NAME} characters`,
};
const WITHOUT_COMMENTS: Refusal = {
  code: 'IPSET_ERR_COMMENT',
  why: 'comment cannot be used: set was created without comment support',
};
const QUOTE_IN_COMMENT: Refusal = {
  code: 'EINVAL',
  why: '" character is not permitted in comments',
};
const COMMENT_TOO_LONG: Refusal = {
  code: 'EINVAL',
  why: `a comment has at most ${LONGEST_COMMENT} characters`,
};
