import { formatIp, formatPrefix } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { oneOfEachFamily, readIp, readPrefix } from './address.ts';
import { Field, type Finding } from './field.ts';

const ipOf = (text: string): string | undefined => {
  const ip = readIp(Field.root(text, []));
  return ip === undefined ? undefined : formatIp(ip);
};

const prefixOf = (text: string, strict = false): string | undefined => {
  const prefix = readPrefix(Field.root(text, []), strict);
  return prefix === undefined ? undefined : formatPrefix(prefix);
};

describe('readIp takes what API servers have always taken', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['010.000.0.01', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:a00:1', '10.0.0.1'],
    ['::ffff:010.0.0.1', '10.0.0.1'],
    ['fd00:0:0::0001', 'fd00::1'],
    ['0.0.0.0', '0.0.0.0'],
    ['000.0.0.0', '0.0.0.0'],
  ])('%s is %s', (text, expected) => {
    expect(ipOf(text)).toBe(expected);
  });

  test.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0256',
    '10.0.0.1/8',
    'host',
    'fd00::1%eth0',
    '1e1.0.0.1',
  ])('%j is none', (text) => {
    expect(ipOf(text)).toBeUndefined();
  });
});

describe('readPrefix', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['010.0.0.0/08', '10.0.0.0/8'],
    [' 10.0.0.0/8 ', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['fd00::1/64', 'fd00::/64'],
    ['::ffff:10.1.0.0/104', '10.0.0.0/8'],
    ['::ffff:10.1.0.0/128', '10.1.0.0/32'],
    ['::ffff:10.1.0.0/90', '::ffc0:0:0/90'],
  ])('%s is %s', (text, expected) => {
    expect(prefixOf(text)).toBe(expected);
  });

  test.each([
    '',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    'fd00::/129',
    '/8',
    '10.0.0.0/0x8',
  ])('%j is none', (text) => {
    expect(prefixOf(text)).toBeUndefined();
  });

  test('strictly, only the one right spelling', () => {
    expect(prefixOf('10.0.0.0/8', true)).toBe('10.0.0.0/8');
    expect(prefixOf('fd00::/64', true)).toBe('fd00::/64');
    for (const text of ['10.1.2.3/8', '010.0.0.0/8', '10.0.0.0/08', '::ffff:10.0.0.0/104']) {
      expect(prefixOf(text, true)).toBeUndefined();
    }
  });

  test('says what is wrong in the words of the parser', () => {
    const findings: Finding[] = [];
    readPrefix(Field.root('10.0.0.0/33', findings));
    expect(findings).toMatchObject([
      {
        reason: '"10.0.0.0/33" has the prefix length 33',
        expected: 'a CIDR: a prefix length from 0 to 32',
      },
    ]);
  });
});

test('oneOfEachFamily keeps the first of each, in order', () => {
  expect(oneOfEachFamily([1n, 2, 3n, 4], (ip) => ip)).toEqual([1n, 2]);
  expect(oneOfEachFamily([], (ip: number) => ip)).toEqual([]);
});
