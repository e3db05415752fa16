import { CommandError } from '../../command-error.ts';
import type { IpsetCommand } from '../../commands.ts';
import type { MatchFunction } from '../match/match-function.ts';
import type { Refusal } from '../refusal.ts';
import type { Match, Target } from '../rule.ts';
import type { TargetFunction } from '../target/target-function.ts';
import { formatIpsetCommand } from '../text/ipset-text.ts';
import { FilterMemory } from './address-filter.ts';
import type { Extensions, MemberOptions } from './member.ts';
import { BAD_TIMEOUT, isTimeout, newSet } from './new-set.ts';
import type { IpsetSlot } from './slot.ts';

const LONGEST_NAME = 31;
const LONGEST_COMMENT = 255;

type OpOf<K extends IpsetCommand['op']> = Extract<IpsetCommand, { readonly op: K }>;

/** The ipsets of a namespace (net/netfilter/ipset/ip_set_core.c). */
export class IpsetStore {
  readonly #slots = new Map<string, IpsetSlot>();
  readonly #nowMs: () => number;
  /** Of the sets that long chains look into. */
  readonly filters = new FilterMemory();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Throws `CommandError` with the kernel's ipset error codes, and then changes nothing but what a range has added. */
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
  compile({ set, directions, counters }: Extract<Match, { readonly kind: 'set' }>): MatchFunction {
    const slot = this.#slots.get(set);
    if (slot === undefined) return () => false;
    const ofSource = directions.map((direction) => direction === 'src');
    return (view) => slot.set.test(view, ofSource, counters);
  }

  /** `SET`. */
  compileTarget({
    op,
    set,
    directions,
    exist,
    timeoutSeconds,
  }: Extract<Target, { readonly kind: 'set' }>): TargetFunction {
    const slot = this.#slots.get(set);
    if (slot === undefined) return () => {};
    const ofSource = directions.map((direction) => direction === 'src');
    if (op === 'delete') {
      return (view) => {
        slot.set.deletePacket(view, ofSource);
      };
    }
    const options: MemberOptions = { exist, timeoutSeconds };
    return (view) => {
      slot.set.addPacket(view, ofSource, options);
    };
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
    const { set: name, exist } = command;
    if (name.length === 0 || name.length > LONGEST_NAME) return BAD_NAME;
    const set = newSet(command, {
      nowMs: this.#nowMs,
      slotOf: (other) => this.#slots.get(other),
    });
    if ('code' in set) return set;
    const known = this.#slots.get(name);
    if (known !== undefined) {
      return exist === true && known.set.isLike(set) ? undefined : SET_EXISTS;
    }
    this.#slots.set(name, { name, set, references: 0 });
    return undefined;
  }

  #change(command: OpOf<'add' | 'delete'>): Refusal | undefined {
    const slot = this.#slots.get(command.set);
    if (slot === undefined) return NO_SUCH_SET;
    if (command.op === 'delete') return slot.set.delete(command.entry, command.exist === true);
    return checkOptions(command, slot.set.extensions) ?? slot.set.add(command.entry, command);
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
    this.filters.generation++;
    return undefined;
  }
}

const checkOptions = (
  { comment, timeoutSeconds, packets, bytes }: MemberOptions,
  extensions: Extensions,
): Refusal | undefined => {
  if (timeoutSeconds !== undefined) {
    if (extensions.timeoutSeconds === undefined) return WITHOUT_TIMEOUTS;
    if (!isTimeout(timeoutSeconds)) return BAD_TIMEOUT;
  }
  if ((packets !== undefined || bytes !== undefined) && !extensions.counters) {
    return WITHOUT_COUNTERS;
  }
  if (comment === undefined) return undefined;
  if (!extensions.comments) return WITHOUT_COMMENTS;
  if (comment.includes('"')) return QUOTE_IN_COMMENT;
  return comment.length > LONGEST_COMMENT ? COMMENT_TOO_LONG : undefined;
};

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
const WITHOUT_TIMEOUTS: Refusal = {
  code: 'IPSET_ERR_TIMEOUT',
  why: 'timeout cannot be used: set was created without timeout support',
};
const WITHOUT_COUNTERS: Refusal = {
  code: 'IPSET_ERR_COUNTER',
  why: 'packet/byte counters cannot be used: set was created without counter support',
};
const QUOTE_IN_COMMENT: Refusal = {
  code: 'EINVAL',
  why: '" character is not permitted in comments',
};
const COMMENT_TOO_LONG: Refusal = {
  code: 'EINVAL',
  why: `a comment has at most ${LONGEST_COMMENT} characters`,
};
