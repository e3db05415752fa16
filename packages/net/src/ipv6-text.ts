import type { Ipv6 } from './address.ts';
import { type Problem, show } from './address-error.ts';
import { readIpv4, writeIpv4 } from './ipv4-text.ts';
import { ipv6FromWords, ipv6Words } from './ipv6-words.ts';

const EXPECTED = 'an IPv6 address such as fd00:10::1';
const GROUPS = 8;

/** Reads the text forms of RFC 4291, section 2.2: groups, one `::`, a dotted IPv4 address at the end. No zone. */
export const readIpv6 = (text: string): Ipv6 | Problem => {
  if (text.includes('%')) return fault('has a zone');
  const halves = text.split('::');
  if (halves.length > 2) return fault('has more than one ::');
  const [before = '', after] = halves;
  const head = readGroups(before, after === undefined);
  if (!Array.isArray(head)) return head;
  if (after === undefined) {
    return head.length === GROUPS ? fromGroups(head) : fault(countProblem(head.length));
  }
  const tail = readGroups(after, true);
  if (!Array.isArray(tail)) return tail;
  const missing = GROUPS - head.length - tail.length;
  if (missing < 1)
    return fault(`has ${GROUPS - missing} groups beside ::, which stands for one or more`);
  return fromGroups([...head, ...new Array<number>(missing).fill(0), ...tail]);
};

/**
 * Writes the one canonical form of RFC 5952: lower case, no leading zeros, `::` for the longest run of two
 * or more zero groups (the first of equals), IPv4-mapped addresses with a dotted end.
 */
export const writeIpv6 = (address: Ipv6): string => {
  const [w0, w1, w2, w3] = ipv6Words(address);
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return `::ffff:${writeIpv4(w3)}`;
  const groups = [w0, w1, w2, w3].flatMap((word) => [word >>> 16, word & 0xffff]);
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
};

const fault = (reason: string): Problem => ({ reason, expected: EXPECTED });

const countProblem = (count: number): string =>
  `has ${count} group${count === 1 ? '' : 's'} instead of ${GROUPS}`;

/** The groups of one side of `::`. Only the side that ends the address may end in a dotted IPv4 address. */
const readGroups = (text: string, endsAddress: boolean): number[] | Problem => {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.includes('.') && endsAddress && index === parts.length - 1) {
      const embedded = readIpv4(part);
      if (typeof embedded !== 'number')
        return fault(`ends in ${show(part)}, which ${embedded.reason}`);
      groups.push(embedded >>> 16, embedded & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return fault(
        part === ''
          ? 'has a single colon at an end'
          : `has the group ${show(part)}, which is not 1 to 4 hexadecimal digits`,
      );
    }
  }
  return groups;
};

const fromGroups = (groups: readonly number[]): Ipv6 => {
  const word = (index: number): number => (groups[index] ?? 0) * 0x10000 + (groups[index + 1] ?? 0);
  return ipv6FromWords(word(0), word(2), word(4), word(6));
};

const longestZeroRun = (groups: readonly number[]): { start: number; length: number } => {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
};
