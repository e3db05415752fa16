import { type CalicoPort, parseCalicoPort } from '@podpath/cluster';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyPortText, simplifyPorts } from './policy-port.ts';

const parse = (text: string): CalicoPort => {
  const port = parseCalicoPort(text);
  if (port === undefined) throw new Error(`not a port: ${text}`);
  return port;
};
const simplify = (list: string) =>
  simplifyPorts(list.split(',').map(parse)).map(policyPortText).join(',');

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
    const contains = (list: readonly CalicoPort[], port: number) =>
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
