import type { NftBaseChain, NftFamily, NftHook } from '../model/ruleset.ts';
import { NFT_CHAIN_TYPES, NFT_HOOKS } from '../model/ruleset.ts';
import type { NftRule } from '../model/statement.ts';
import { priorityNamed } from '../text/priority-text.ts';
import type { Cursor } from './cursor.ts';
import { parseRule } from './parse-statement.ts';

export interface ParsedChain {
  readonly base?: NftBaseChain;
  readonly policy?: 'accept' | 'drop';
  readonly comment?: string;
  readonly rules: readonly NftRule[];
}

/** What stands between a chain's braces, the opening one read. Throws ParseError. */
export const parseChainBody = (cursor: Cursor, family: NftFamily): ParsedChain => {
  let base: NftBaseChain | undefined;
  let policy: 'accept' | 'drop' | undefined;
  let comment: string | undefined;
  const rules: NftRule[] = [];
  for (;;) {
    cursor.skipSeparators();
    if (cursor.accept('}')) break;
    switch (cursor.keyword) {
      case 'type':
        base = parseBase(cursor, family);
        break;
      case 'policy':
        cursor.next();
        policy = cursor.oneOf(['accept', 'drop'], 'a policy');
        break;
      case 'comment':
        cursor.next();
        comment = cursor.string('a comment');
        break;
      case 'flags':
      case 'device':
      case 'devices':
        return cursor.refuse(`${cursor.keyword} of a chain`);
      default:
        rules.push(parseRule(cursor, family));
    }
    if (!cursor.isAtEnd) cursor.fail(`unexpected ${cursor.found}`, 'the end of the line');
  }
  return {
    ...(base === undefined ? {} : { base: policy === undefined ? base : { ...base, policy } }),
    ...(base !== undefined || policy === undefined ? {} : { policy }),
    ...(comment === undefined ? {} : { comment }),
    rules,
  };
};

/** `type filter hook input priority filter`. */
const parseBase = (cursor: Cursor, family: NftFamily): NftBaseChain => {
  cursor.expect('type');
  const type = cursor.oneOf(NFT_CHAIN_TYPES, 'a type');
  cursor.expect('hook');
  const hook = cursor.oneOf(NFT_HOOKS, 'a hook');
  const devices = parseDevices(cursor);
  cursor.expect('priority');
  const priority = parsePriority(cursor, family, hook);
  return { type, hook, priority, ...(devices === undefined ? {} : { devices }) };
};

const parseDevices = (cursor: Cursor): readonly string[] | undefined => {
  if (cursor.accept('device')) return [parseDevice(cursor)];
  if (!cursor.accept('devices')) return undefined;
  cursor.expect('=');
  cursor.expect('{');
  const devices = [parseDevice(cursor)];
  while (cursor.accept(',')) devices.push(parseDevice(cursor));
  cursor.expect('}');
  return devices;
};

const parseDevice = (cursor: Cursor): string =>
  cursor.token.kind === 'string' ? cursor.next().text : cursor.word('the name of a device');

/** `filter`, `dstnat - 10`, `-110`. */
const parsePriority = (cursor: Cursor, family: NftFamily, hook: NftHook): number => {
  const { token } = cursor;
  const text = cursor.word('a priority');
  const number = /^-?\d+$/.test(text) ? Number(text) : undefined;
  const joined = /^([a-z]+)([-+])(\d+)$/.exec(text);
  const base = number ?? priorityNamed(joined?.[1] ?? text, family, hook);
  if (base === undefined || Math.abs(base) > 0x7fff_ffff) {
    return cursor.fail(`${text} is no priority at ${hook}`, 'a number or a name', token);
  }
  if (joined !== null) return base + Number(`${joined[2]}${joined[3]}`);
  if (cursor.accept('+')) return base + cursor.number('a number');
  return cursor.accept('-') ? base - cursor.number('a number') : base;
};
