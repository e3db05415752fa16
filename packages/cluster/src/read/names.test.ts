import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dnsLabelFault,
  dnsSubdomainFault,
  labelKeyFault,
  labelValueFault,
  portNameFaults,
  serviceNameFault,
} from './names.ts';

const CHECKS = {
  dnsLabelFault,
  serviceNameFault,
  dnsSubdomainFault,
  labelKeyFault,
  labelValueFault,
};

const long = (length: number): string => 'x'.repeat(length);

describe.each<[keyof typeof CHECKS, string[], string[]]>([
  [
    'dnsLabelFault',
    ['a', '0', 'a-b', '1a', long(63)],
    ['', '-a', 'a-', 'A', 'a.b', 'a_b', 'ä', 'a\n', long(64)],
  ],
  ['serviceNameFault', ['a', 'a-1', long(63)], ['', '1a', '-a', 'a-', 'A', 'a.b', long(64)]],
  [
    'dnsSubdomainFault',
    ['a', 'a.b', '1.2.3', 'a-b.c-d', long(253)],
    ['', '.a', 'a.', 'a..b', 'a.-b', 'A.b', 'a b', long(254)],
  ],
  [
    'labelKeyFault',
    ['a', 'A_b.c-d', 'example.com/a', 'x/y', `${long(253)}/${long(63)}`],
    ['', '/a', 'a/', 'a/b/c', '_a', 'a_', 'EXAMPLE.com/a', 'a b', long(64), `${long(254)}/a`],
  ],
  [
    'labelValueFault',
    ['', 'a', 'A_b.c-d', '1', long(63)],
    ['-a', 'a-', 'a/b', 'a b', 'ä', ' ', long(64)],
  ],
])('%s', (name, right, wrong) => {
  test.each(right)('takes %j', (text) => {
    expect(CHECKS[name](text)).toBeUndefined();
  });

  test.each(wrong)('refuses %j', (text) => {
    expect(CHECKS[name](text)).toMatchObject({
      reason: expect.any(String),
      expected: expect.any(String),
    });
  });
});

describe('portNameFaults', () => {
  test.each(['a', 'http', 'a-1', '1a', 'abcdefghijklmno'])('takes %s', (name) => {
    expect(portNameFaults(name)).toEqual([]);
  });

  test.each<[string, string[]]>([
    ['', ['has no letter']],
    ['80', ['has no letter']],
    ['HTTP', ['has other characters', 'has no letter']],
    ['abcdefghijklmnop', ['is too long']],
    ['a--b', ['has --']],
    ['-a', ['begins or ends with -']],
    ['a-', ['begins or ends with -']],
    ['--', ['has no letter', 'has --', 'begins or ends with -']],
  ])('%j: %j', (name, expected) => {
    const faults = portNameFaults(name).map(({ reason }) =>
      reason.slice(JSON.stringify(name).length + 1),
    );
    expect(faults).toEqual(expected);
  });
});

test('what is a label is a name of other kinds, and every check ends in good time', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 70, unit: fc.constantFrom('a', 'B', '0', '-', '.', '_', '/') }),
      (text) => {
        if (serviceNameFault(text) === undefined) expect(dnsLabelFault(text)).toBeUndefined();
        if (dnsLabelFault(text) === undefined) {
          expect(dnsSubdomainFault(text)).toBeUndefined();
          expect(labelKeyFault(text)).toBeUndefined();
          expect(labelValueFault(text)).toBeUndefined();
        }
        if (portNameFaults(text).length === 0) expect(dnsLabelFault(text)).toBeUndefined();
      },
    ),
  );
  const trap = `${'a-'.repeat(120)}!`;
  for (const check of Object.values(CHECKS)) expect(check(trap)).toBeDefined();
});
