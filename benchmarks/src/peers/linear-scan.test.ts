import type { RouteSpec } from '@podpath/linux';
import { parseIpv4, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { linearScan } from './linear-scan.ts';

const routes: readonly RouteSpec[] = [
  { dst: parsePrefix('0.0.0.0/0') },
  { dst: parsePrefix('10.0.0.0/8') },
  { dst: parsePrefix('10.1.0.0/16'), metric: 100 },
  { dst: parsePrefix('10.1.0.0/16'), metric: 50 },
  { dst: parsePrefix('fd00::/8') },
];

describe('the linear scan', () => {
  it.each([
    ['10.1.2.3', 3],
    ['10.2.2.3', 1],
    ['192.0.2.1', 0],
  ])('%s takes route %i: longest prefix, then lowest metric', (address, index) => {
    expect(linearScan(routes, parseIpv4(address))).toBe(index);
  });

  it('finds nothing in an empty table', () => {
    expect(linearScan([], 1)).toBe(-1);
  });
});
