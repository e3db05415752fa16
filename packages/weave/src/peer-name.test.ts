import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPeerName, parsePeerName, peerNameOfMachine, peerNameOfNode } from './peer-name.ts';

describe('reading a peer name', () => {
  it.each([
    ['12:34:56:78:9A:BC', 0x123456789abc],
    ['1:2:3:4:5:6', 0x010203040506],
    ['12:34::9A:BC', 0x123400009abc],
    ['::BC', 0xbc],
    ['ab:cD:Ef:AB::', 0xabcdefab0000],
  ])('takes %s', (text, value) => {
    expect(parsePeerName(text)).toBe(value);
  });

  it.each([
    ['nothing', ''],
    ['words', 'host1'],
    ['dashes', '01-02-03-04-05-06'],
    ['five octets', '1:2:3:4:5'],
    ['seven octets', '1:2:3:4:5:6:7'],
    ['three digits', '123:2:3:4:5:6'],
    ['an elision of one octet', '12:34::78:9A:BC'],
    ['two elisions', '12::78::'],
    ['no hexadecimal digits', 'g1:00:00:00:00:00'],
  ])('refuses %s', (_what, text) => {
    expect(parsePeerName(text)).toBeUndefined();
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (name) => {
        expect(parsePeerName(formatPeerName(name))).toBe(name);
      }),
    );
  });
});

describe('a peer name made from an identity', () => {
  it('is a salted SHA-256, cut to 48 bits', () => {
    const identity = '4c4c4544-0043-4d10-8052-b7c04f4e3232\n';
    expect(formatPeerName(peerNameOfMachine(identity))).toBe('9e:a3:63:b5:e6:b4');
    expect(peerNameOfMachine(new TextEncoder().encode(identity))).toBe(peerNameOfMachine(identity));
  });

  it('is always a locally administered unicast address', () => {
    fc.assert(
      fc.property(fc.string(), (identity) => {
        const firstOctet = Math.floor(peerNameOfMachine(identity) / 2 ** 40);
        expect(firstOctet & 0b11).toBe(0b10);
      }),
    );
  });

  it('is the same for the same node and another for another node', () => {
    expect(peerNameOfNode('worker-1')).toBe(peerNameOfNode('worker-1'));
    expect(peerNameOfNode('worker-1')).not.toBe(peerNameOfNode('worker-2'));
  });
});
