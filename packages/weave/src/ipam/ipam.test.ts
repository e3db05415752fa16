import { formatIp, parseIpv4 } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ipam } from './ipam.ts';
import { prefix, text } from './range-text.ts';
import { wholeRing } from './ring-text.ts';

const ipamOf = (universe: string, peers: readonly number[]) =>
  new Ipam(wholeRing(universe, peers), peers);

const show = (address: number | undefined) => (address === undefined ? 'none' : formatIp(address));

describe('allocating', () => {
  const RANGE = prefix('10.32.0.0/12');

  it('starts at each peer’s own part of the range', () => {
    const ipam = ipamOf('10.32.0.0/12', [1, 2, 3]);
    const first = [1, 2, 3].map((peer) => show(ipam.allocate(peer, 'weave:expose', RANGE)));
    expect(first).toEqual(['10.32.0.1', '10.40.0.0', '10.44.0.0']);
  });

  it('gives an id the address that it has', () => {
    const ipam = ipamOf('10.32.0.0/12', [1]);
    expect(show(ipam.allocate(1, 'a', RANGE))).toBe('10.32.0.1');
    expect(show(ipam.allocate(1, 'b', RANGE))).toBe('10.32.0.2');
    expect(show(ipam.allocate(1, 'a', RANGE))).toBe('10.32.0.1');
    ipam.release(1, 'a');
    expect(show(ipam.allocate(1, 'c', RANGE))).toBe('10.32.0.1');
  });

  it('serves subnets inside the range, each without its first and last address', () => {
    const ipam = ipamOf('10.0.0.0/8', [1]);
    expect(show(ipam.allocate(1, 'a', prefix('10.0.3.8/29')))).toBe('10.0.3.9');
    expect(show(ipam.allocate(1, 'a', prefix('10.2.0.0/16')))).toBe('10.2.0.1');
    expect(show(ipam.allocate(1, 'a', prefix('10.0.3.8/29')))).toBe('10.0.3.9');
    expect(show(ipam.allocate(1, 'a', prefix('11.0.0.0/16')))).toBe('none');
  });

  it('asks the others once a peer has nothing left', () => {
    const ipam = ipamOf('10.0.0.0/28', [1, 2]);
    const subnet = prefix('10.0.0.0/28');
    const addresses = Array.from({ length: 15 }, (_, at) =>
      show(ipam.allocate(1, `pod${at}`, subnet)),
    );
    expect(addresses.slice(6, 9)).toEqual(['10.0.0.7', '10.0.0.12', '10.0.0.13']);
    expect(addresses.at(-1)).toBe('none');
    expect(new Set(addresses).size).toBe(15);
    expect(ipam.freeCount(2)).toBe(0);
  });

  it('begins with nothing when the ring was divided without the peer', () => {
    const ipam = new Ipam(wholeRing('10.32.0.0/12', [1]), [1, 2, 3]);
    expect(show(ipam.allocate(1, 'weave:expose', RANGE))).toBe('10.32.0.1');
    expect(show(ipam.allocate(2, 'weave:expose', RANGE))).toBe('10.44.0.0');
    expect(show(ipam.allocate(3, 'weave:expose', RANGE))).toBe('10.36.0.0');
    expect(ipam.rangesOf(2).map(text)).toEqual(['10.44.0.0+262144']);
  });

  it('never gives one address twice, whoever asks', () => {
    const asks = fc.array(fc.constantFrom(1, 2, 3), { maxLength: 40 });
    fc.assert(
      fc.property(asks, (peers) => {
        const ipam = ipamOf('10.0.0.0/27', [1, 2, 3]);
        const given = peers.map((peer, at) =>
          ipam.allocate(peer, `pod${at}`, prefix('10.0.0.0/27')),
        );
        const got = given.filter((address) => address !== undefined);
        expect(new Set(got).size).toBe(got.length);
        expect(got.length).toBe(Math.min(peers.length, 30));
      }),
    );
  });
});

describe('claiming', () => {
  const address = parseIpv4('10.0.3.5');

  it('takes an address from whoever owns it, if it is free', () => {
    const ipam = ipamOf('10.0.3.0/24', [1, 2]);
    expect(ipam.claim(2, 'pod', address)).toBe(true);
    expect(ipam.rangesOf(2).map(text)).toEqual(['10.0.3.5+1', '10.0.3.128+128']);
    expect(show(ipam.allocate(2, 'pod', prefix('10.0.3.0/24')))).toBe('10.0.3.5');
  });

  it('can be repeated by the same id or by nobody in particular', () => {
    const ipam = ipamOf('10.0.3.0/24', [1, 2]);
    ipam.claim(2, 'pod', address);
    expect(ipam.claim(2, 'pod', address)).toBe(true);
    expect(ipam.claim(2, '_', address)).toBe(true);
    expect(ipam.claim(2, 'other', address)).toBe(false);
    expect(ipam.claim(1, 'other', address)).toBe(false);
  });

  it('outside the range is only remembered', () => {
    const ipam = ipamOf('10.0.3.0/24', [1]);
    expect(ipam.claim(1, 'pod', parseIpv4('10.0.4.2'))).toBe(true);
    expect(ipam.claim(1, 'other', parseIpv4('10.0.4.2'))).toBe(false);
  });
});

it('a dead peer’s addresses count as free at whoever takes them', () => {
  const ipam = ipamOf('10.0.4.0/22', [1, 2]);
  const subnet = prefix('10.0.4.0/22');
  const used = ipam.allocate(2, 'pod', subnet);
  expect(ipam.removePeer(1, 2)).toBe(512);
  expect(ipam.freeCount(1)).toBe(1024);
  expect(ipam.claim(1, 'another', used ?? 0)).toBe(true);
});
