import { formatIp, parseIp, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PoolAllocator } from './pool-allocator.ts';

const allocator = (cidr: string, blockSize: number) =>
  new PoolAllocator({
    name: 'pool',
    cidr: parsePrefix(cidr),
    blockSize,
    natOutgoing: true,
    vxlanMode: 'Always',
  });

describe('PoolAllocator', () => {
  it('gives nothing from own blocks before there is one', () => {
    const pool = allocator('10.0.0.0/24', 26);
    expect(pool.assignFromOwn('n1')).toBeUndefined();
    const first = pool.assignFromNew('n1');
    expect(first).toBe(pool.blocks()[0]?.cidr.address);
    expect(pool.assignFromOwn('n1')).toBe(Number(first) + 1);
  });

  it('passes over addresses that are taken', () => {
    const pool = allocator('10.0.0.0/26', 26);
    for (const text of ['10.0.0.0', '10.0.0.2']) pool.take(parseIp(text), 'n1');
    expect(
      [pool.assignFromOwn('n1'), pool.assignFromOwn('n1')].map((ip) => ip && formatIp(ip)),
    ).toEqual(['10.0.0.1', '10.0.0.3']);
  });

  it('leaves a claimed block to its node when another takes an address in it', () => {
    const pool = allocator('10.0.0.0/24', 26);
    pool.take(parseIp('10.0.0.5'), 'n1');
    pool.take(parseIp('10.0.0.6'), 'n2');
    expect(pool.blockOf(parseIp('10.0.0.6'))?.node).toBe('n1');
    expect(pool.assignFromOwn('n2')).toBeUndefined();
  });

  it('lends what is left when no block is free, and not before', () => {
    const pool = allocator('10.0.0.0/30', 31);
    pool.assignFromNew('n1');
    expect(pool.borrow('n3')).toBeUndefined();
    pool.assignFromNew('n2');
    expect(pool.assignFromNew('n3')).toBeUndefined();
    const lent = [pool.borrow('n3'), pool.borrow('n3')];
    expect(lent.every((address) => address !== undefined)).toBe(true);
    expect(pool.borrow('n3')).toBeUndefined();
  });

  it('gives every address once, and all of them', () => {
    const ask = fc.record({
      node: fc.constantFrom('n1', 'n2', 'n3'),
      how: fc.constantFrom('assignFromOwn', 'assignFromNew', 'borrow'),
    });
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 60 }), (asks) => {
        const pool = allocator('10.0.0.0/28', 30);
        const given = asks.map(({ node, how }) => pool[how](node)).filter((ip) => ip !== undefined);
        expect(new Set(given).size).toBe(given.length);
        const rest: unknown[] = [];
        for (const next of [() => pool.assignFromNew('n1'), () => pool.borrow('n1')]) {
          for (let ip = next(); ip !== undefined; ip = next()) rest.push(ip);
        }
        expect(given.length + rest.length).toBe(16);
      }),
    );
  });
});
