import { describe, expect, it } from 'vitest';
import { ipsetName, namedPortIpsetId, selectorIpsetId } from './ipset-names.ts';

describe('ipset names', () => {
  it('identifies a selector by the SHA-224 of its canonical text', () => {
    expect(selectorIpsetId('all()')).toBe('s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug');
    expect(selectorIpsetId('role == "db"')).toBe('s:rV61RKD1Q8wo61pyeB0j2rwE3eiBOFbx0SsYKg');
  });

  it('cuts the kernel name to 31 characters', () => {
    expect(ipsetName(4, selectorIpsetId('all()'))).toBe('cali40s:5y5I3VdRZfDU01O--xXAPx2');
    expect(ipsetName(6, selectorIpsetId('all()'))).toBe('cali60s:5y5I3VdRZfDU01O--xXAPx2');
    expect(ipsetName(4, 'masq-ipam-pools')).toBe('cali40masq-ipam-pools');
  });

  it('tells named ports apart by selector, protocol and name', () => {
    const ids = [
      namedPortIpsetId('all()', 'tcp', 'http'),
      namedPortIpsetId('all()', 'udp', 'http'),
      namedPortIpsetId('all()', 'tcp', 'https'),
      namedPortIpsetId('role == "db"', 'tcp', 'http'),
    ];
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^n:[A-Za-z0-9_-]{38}$/);
  });
});
