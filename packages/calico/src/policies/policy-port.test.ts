import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PolicyPort, parsePolicyPort, policyPortText, simplifyPorts } from './policy-port.ts';

const parse = (text: string): PolicyPort => {
  const port = parsePolicyPort(text);
  if (port === undefined) throw new Error(`not a port: ${text}`);
  return port;
};
const simplify = (list: string) =>
  simplifyPorts(list.split(',').map(parse)).map(policyPortText).join(',');

describe('parsePolicyPort', () => {
  it('reads numbers, ranges and names', () => {
    expect(parsePolicyPort('80')).toEqual({ first: 80, last: 80 });
    expect(parsePolicyPort('80:90')).toEqual({ first: 80, last: 90 });
    expect(parsePolicyPort('http')).toBe('http');
  });

  it.each(['-50:-1', '90:80', '65536', '', 'a b'])('refuses %j', (text) => {
    expect(parsePolicyPort(text)).toBeUndefined();
  });
});

describe('simplifyPorts', () => {
  it.each([
    ['0', '0'],
    ['2,1', '1:2'],
    ['1,2,4', '1:2,4'],
    ['81:90,4,2,80:81,3,1,9090', '1:4,80:90,9090'],
    ['80,foo', '80,foo'],
    ['443,foo,80', 'foo,80,443'],
    ['1:100,20:30', '1:100'],
  ])('%s becomes %s', (before, after) => {
    expect(simplify(before)).toBe(after);
  });

  it('keeps the set of ports and leaves gaps between ranges', () => {
    const range = fc
      .tuple(fc.nat(200), fc.nat(20))
      .map(([first, size]) => ({ first, last: first + size }));
    const contains = (list: readonly PolicyPort[], port: number) =>
      list.some((r) => typeof r !== 'string' && r.first <= port && port <= r.last);
    fc.assert(
      fc.property(fc.array(range), (ranges) => {
        const simple = simplifyPorts(ranges);
        for (let port = 0; port <= 221; port++) {
          expect(contains(simple, port)).toBe(contains(ranges, port));
        }
        const numbers = simple.filter((port) => typeof port !== 'string');
        numbers.slice(1).forEach((next, index) => {
          expect(next.first).toBeGreaterThan((numbers[index]?.last ?? 0) + 1);
        });
      }),
    );
  });
});
