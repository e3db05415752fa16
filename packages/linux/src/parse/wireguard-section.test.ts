import { prefixOf } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProgram } from '../text/program.ts';
import type { WireguardCommand } from '../wireguard-commands.ts';
import { ParseError } from './parse-error.ts';
import { parseProgram } from './program-text.ts';
import { parseWireguardDump } from './wireguard-dump.ts';

const KEY = `${'A'.repeat(42)}E=`;
const OTHER = `${'B'.repeat(42)}E=`;

const PROGRAM = `# node/a: ip -batch -
link add wg0 mtu 1380 type wireguard

# node/a: sh -e
wg setconf wg0 /dev/stdin <<END
[Interface]
ListenPort = 51820
FwMark = 0xca6c
PrivateKey = ${KEY}

[Peer]
PublicKey = ${OTHER}
PresharedKey = ${KEY}
AllowedIPs = 10.1.0.0/16, fd01::/64
Endpoint = 192.0.2.1:51820
PersistentKeepalive = 25

[Peer]
PublicKey = ${KEY}
Endpoint = [2001:db8::1]:1
END
wg addconf wg0 /dev/stdin <<END
[Interface]
# PublicKey = ${OTHER}
END
wg set wg0 peer ${OTHER} remove
`;

const keys = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));
const addresses = fc.oneof(
  fc.nat({ max: 0xffff_ffff }),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
);
const prefixes = addresses.chain((address) =>
  fc
    .nat({ max: typeof address === 'number' ? 32 : 128 })
    .map((length) => prefixOf(address, length)),
);
const port = fc.nat({ max: 65_535 });
const tidy = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const peers = fc
  .record({
    publicKey: keys,
    presharedKey: some(keys),
    allowedIps: fc.array(prefixes, { maxLength: 4 }),
    endpoint: some(fc.record({ address: addresses, port })),
    keepaliveSeconds: some(fc.integer({ min: 1, max: 65_535 })),
  })
  .map(tidy);
const configurations = fc
  .record({
    kind: fc.constant('wireguard'),
    op: fc.constantFrom('setconf', 'addconf'),
    dev: fc.constantFrom('wg0', 'wireguard.cali'),
    privateKey: some(keys),
    publicKey: some(keys),
    listenPort: some(port),
    fwmark: some(fc.nat({ max: 0xffff_ffff })),
    peers: fc.array(peers, { maxLength: 3 }),
  })
  .map((fields) => tidy(fields) as WireguardCommand);

describe('what is for wg in a program', () => {
  test('is read, and written again as it was', () => {
    expect(parseProgram(PROGRAM, 'program').map(formatProgram).join('\n')).toBe(PROGRAM);
  });

  test('is read back as it was written, whatever it is', () => {
    fc.assert(
      fc.property(configurations, (command) => {
        const text = formatProgram({ namespace: 'n', commands: [command] });
        expect(parseProgram(text, 'program')[0]?.commands).toEqual([command]);
      }),
    );
  });

  test('may be written as people write it', () => {
    const text = `# n: sh -e
wg setconf wg0 /dev/stdin <<END
# ours
[Interface]
privatekey=${KEY}
FwMark = off

[Peer]   
PublicKey = ${OTHER} # theirs
AllowedIPs = 10.1.2.3/16
AllowedIPs = 10.2.0.1, ::/0
PersistentKeepalive = off
END
`;
    expect(parseProgram(text, 'program')[0]?.commands).toMatchObject([
      {
        privateKey: KEY,
        fwmark: 0,
        peers: [
          {
            allowedIps: [
              { address: 0x0a01_0000, length: 16 },
              { address: 0x0a02_0001, length: 32 },
              { address: 0n, length: 0 },
            ],
          },
        ],
      },
    ]);
  });

  test.each([
    ['rm -rf x', 'program:2:1: "rm" is no program'],
    ['wg show', 'program:2:4: "show" is no command'],
    ['wg set wg0 listen-port 5', 'program:2:12: "listen-port" is no setting'],
    ['wg set wg0 peer x remove', 'program:2: no key'],
    ['wg setconf wg0 /etc/wg.conf', 'program:2:16: "/etc/wg.conf" is no file'],
    ['wg setconf wg0 /dev/stdin <<END', 'program:2: the configuration does not end'],
    [
      'wg setconf wg0 /dev/stdin <<END\nPrivateKey = x\nEND',
      'program:3: "PrivateKey" is no setting of nothing',
    ],
    ['wg setconf wg0 /dev/stdin <<END\n[Interface]\nPrivateKey = x\nEND', 'program:4: no key'],
    [
      'wg setconf wg0 /dev/stdin <<END\n[Interface]\nAddress = 10.0.0.1\nEND',
      'program:4: "Address" is no setting of Interface',
    ],
    ['wg setconf wg0 /dev/stdin <<END\n[Peer]\nEND', 'program:3: a peer without a key'],
    [
      'wg setconf wg0 /dev/stdin <<END\n[Peer]\nEndpoint = example.org:5\nEND',
      'program:4: "example.org:5" is no endpoint',
    ],
    [
      'wg setconf wg0 /dev/stdin <<END\n[Peer]\nAllowedIPs = 10.0.0.0/33\nEND',
      'program:4: "10.0.0.0/33"',
    ],
    ['wg setconf wg0 /dev/stdin <<END\n[Nobody]\nEND', 'program:3: no section "Nobody"'],
    [
      'wg setconf wg0 /dev/stdin <<END\n[Interface]\nListenPort = 65536\nEND',
      'program:4: "65536" is no port',
    ],
    [
      'wg setconf wg0 /dev/stdin <<END\n[Interface]\nnonsense\nEND',
      'program:4: "nonsense" is no setting',
    ],
  ])('is refused with its line: %j', (lines, message) => {
    const text = `# n: sh -e\n${lines}\n`;
    expect(() => parseProgram(text, 'program')).toThrow(ParseError);
    expect(() => parseProgram(text, 'program')).toThrow(message);
  });
});

describe('wg show all dump', () => {
  const DUMP = [
    `wg0\t${KEY}\t${OTHER}\t51820\t0xca6c`,
    `wg0\t${OTHER}\t(none)\t192.0.2.1:51820\t10.1.0.0/16,fd01::/64\t1700000000\t92\t124\t25`,
    `wg0\t${KEY}\t${KEY}\t[2001:db8::1]:1\t(none)\t0\t0\t0\toff`,
    `wg1\t(hidden)\t${OTHER}\t4000\toff`,
    `wg2\t(none)\t(none)\t0\toff`,
    '',
  ].join('\n');

  test('tells of devices and their peers', () => {
    expect(parseWireguardDump(DUMP, 'wireguard.txt')).toEqual([
      {
        kind: 'wireguard',
        op: 'setconf',
        dev: 'wg0',
        privateKey: KEY,
        listenPort: 51_820,
        fwmark: 0xca6c,
        peers: [
          {
            publicKey: OTHER,
            allowedIps: [
              { address: 0x0a01_0000, length: 16 },
              { address: 0xfd01n << 112n, length: 64 },
            ],
            endpoint: { address: 0xc000_0201, port: 51_820 },
            keepaliveSeconds: 25,
          },
          {
            publicKey: KEY,
            presharedKey: KEY,
            allowedIps: [],
            endpoint: { address: (0x2001_0db8n << 96n) | 1n, port: 1 },
          },
        ],
      },
      {
        kind: 'wireguard',
        op: 'setconf',
        dev: 'wg1',
        publicKey: OTHER,
        listenPort: 4000,
        fwmark: 0,
        peers: [],
      },
      { kind: 'wireguard', op: 'setconf', dev: 'wg2', listenPort: 0, fwmark: 0, peers: [] },
    ]);
  });

  test.each([
    [`wg0\t${KEY}`, 'wireguard.txt:1: '],
    [`\n\nwg0\t${OTHER}\t(none)\t(none)\t(none)\t0\t0\t0\toff`, 'wireguard.txt:3: '],
    [`wg0\tx\t${OTHER}\t1\toff`, 'wireguard.txt:1: no key'],
    [`wg0\t(none)\t(none)\tmany\toff`, 'wireguard.txt:1: "many" is no port'],
  ])('is refused with its line: %j', (text, message) => {
    expect(() => parseWireguardDump(text, 'wireguard.txt')).toThrow(ParseError);
    expect(() => parseWireguardDump(text, 'wireguard.txt')).toThrow(message);
  });
});
