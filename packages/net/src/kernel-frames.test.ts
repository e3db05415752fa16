import { describe, expect, test } from 'vitest';
import { parseIpv4, parseIpv6 } from './address-text.ts';
import { decodeFrame } from './decode.ts';
import { encodeFrame } from './encode.ts';
import { parseMac } from './mac.ts';
import type { EthernetFrame } from './packet.ts';
import { hex, toHex } from './test-hex.ts';

// Frames that a Linux 6.18 kernel sent between two network namespaces, checksum offload switched off.
const A = {
  mac: parseMac('02:00:00:00:00:0a'),
  v4: parseIpv4('10.9.0.1'),
  v6: parseIpv6('fd00:9::1'),
};
const B = {
  mac: parseMac('02:00:00:00:00:0b'),
  v4: parseIpv4('10.9.0.2'),
  v6: parseIpv6('fd00:9::2'),
};

const text = (words: string): Uint8Array => Uint8Array.from(Buffer.from(words));

const plainIpv4 = { kind: 'ipv4', moreFragments: false, fragmentOffset: 0 } as const;

const frames: Record<string, { bytes: string; frame: EthernetFrame }> = {
  'an ARP request': {
    bytes: `02000000000a 02000000000b 0806
      0001 0800 06 04 0001 02000000000b 0a090002 000000000000 0a090001`,
    frame: {
      dst: A.mac,
      src: B.mac,
      payload: {
        kind: 'arp',
        operation: 'request',
        senderMac: B.mac,
        senderIp: B.v4,
        targetMac: 0,
        targetIp: A.v4,
      },
    },
  },
  'an ARP reply': {
    bytes: `02000000000b 02000000000a 0806
      0001 0800 06 04 0002 02000000000a 0a090001 02000000000b 0a090002`,
    frame: {
      dst: B.mac,
      src: A.mac,
      payload: {
        kind: 'arp',
        operation: 'reply',
        senderMac: A.mac,
        senderIp: A.v4,
        targetMac: B.mac,
        targetIp: B.v4,
      },
    },
  },
  'a UDP datagram': {
    bytes: `02000000000b 02000000000a 0800
      45 00 0021 2872 4000 40 11 fe45 0a090001 0a090002
      ab16 270f 000d d5c7 68656c6c6f`,
    frame: {
      dst: B.mac,
      src: A.mac,
      payload: {
        ...plainIpv4,
        tos: 0,
        id: 0x2872,
        dontFragment: true,
        ttl: 64,
        src: A.v4,
        dst: B.v4,
        payload: { kind: 'udp', srcPort: 43798, dstPort: 9999, payload: text('hello') },
      },
    },
  },
  'the last fragment of a datagram': {
    bytes: `02000000000b 02000000000a 0800
      45 00 0044 2873 0172 40 11 3cb0 0a090001 0a090002
      ${'78'.repeat(48)}`,
    frame: {
      dst: B.mac,
      src: A.mac,
      payload: {
        kind: 'ipv4',
        tos: 0,
        id: 0x2873,
        dontFragment: false,
        moreFragments: false,
        fragmentOffset: 2960,
        ttl: 64,
        src: A.v4,
        dst: B.v4,
        payload: { kind: 'raw', protocol: 17, data: text('x'.repeat(48)) },
      },
    },
  },
  'an ICMP error': {
    bytes: `02000000000a 02000000000b 0800
      45 c0 003d b8e3 0000 40 01 ad08 0a090002 0a090001
      03 03 1130 00000000
      45 00 0021 2872 4000 40 11 fe45 0a090001 0a090002 ab16 270f 000d d5c7 68656c6c6f`,
    frame: {
      dst: A.mac,
      src: B.mac,
      payload: {
        ...plainIpv4,
        tos: 0xc0,
        id: 0xb8e3,
        dontFragment: false,
        ttl: 64,
        src: B.v4,
        dst: A.v4,
        payload: {
          kind: 'icmp',
          type: 3,
          code: 3,
          rest: 0,
          data: hex(
            `45 00 0021 2872 4000 40 11 fe45 0a090001 0a090002 ab16 270f 000d d5c7 68656c6c6f`,
          ),
        },
      },
    },
  },
  'a TCP SYN with options': {
    bytes: `02000000000b 02000000000a 0800
      45 00 003c 1e52 4000 40 06 0856 0a090001 0a090002
      8978 0050 bb702974 00000000 a002 faf0 18ba 0000
      020405b4 0402 080a83ee2da200000000 01 03030a`,
    frame: {
      dst: B.mac,
      src: A.mac,
      payload: {
        ...plainIpv4,
        tos: 0,
        id: 0x1e52,
        dontFragment: true,
        ttl: 64,
        src: A.v4,
        dst: B.v4,
        payload: {
          kind: 'tcp',
          srcPort: 35192,
          dstPort: 80,
          sequence: 0xbb70_2974,
          acknowledgement: 0,
          flags: 2,
          window: 64240,
          options: hex('020405b4 0402 080a83ee2da200000000 01 03030a'),
          data: new Uint8Array(0),
        },
      },
    },
  },
  'a TCP reset over IPv6': {
    bytes: `02000000000a 02000000000b 86dd
      6009d9fb 0014 06 40 fd000009000000000000000000000002 fd000009000000000000000000000001
      0050 c5a2 00000000 3129e3e6 5014 0000 dab7 0000`,
    frame: {
      dst: A.mac,
      src: B.mac,
      payload: {
        kind: 'ipv6',
        trafficClass: 0,
        flowLabel: 0x9d9fb,
        hopLimit: 64,
        src: B.v6,
        dst: A.v6,
        payload: {
          kind: 'tcp',
          srcPort: 80,
          dstPort: 50594,
          sequence: 0,
          acknowledgement: 0x3129_e3e6,
          flags: 0x14,
          window: 0,
          data: new Uint8Array(0),
        },
      },
    },
  },
  'a neighbour solicitation': {
    bytes: `3333ff000002 02000000000a 86dd
      60000000 0020 3a ff fd000009000000000000000000000001 ff0200000000000000000001ff000002
      87 00 7d7c 00000000 fd000009000000000000000000000002 01 01 02000000000a`,
    frame: {
      dst: parseMac('33:33:ff:00:00:02'),
      src: A.mac,
      payload: {
        kind: 'ipv6',
        trafficClass: 0,
        flowLabel: 0,
        hopLimit: 255,
        src: A.v6,
        dst: parseIpv6('ff02::1:ff00:2'),
        payload: {
          kind: 'icmpv6',
          type: 135,
          code: 0,
          rest: 0,
          data: { kind: 'ndp', target: B.v6, sourceLinkAddress: A.mac },
        },
      },
    },
  },
  'a neighbour advertisement': {
    bytes: `02000000000a 02000000000b 86dd
      60000000 0020 3a ff fd000009000000000000000000000002 fd000009000000000000000000000001
      88 00 1c76 60000000 fd000009000000000000000000000002 02 01 02000000000b`,
    frame: {
      dst: A.mac,
      src: B.mac,
      payload: {
        kind: 'ipv6',
        trafficClass: 0,
        flowLabel: 0,
        hopLimit: 255,
        src: B.v6,
        dst: A.v6,
        payload: {
          kind: 'icmpv6',
          type: 136,
          code: 0,
          rest: 0x6000_0000,
          data: { kind: 'ndp', target: B.v6, targetLinkAddress: B.mac },
        },
      },
    },
  },
  'an ARP request inside VXLAN': {
    bytes: `02000000000b 02000000000a 0800
      45 00 004e 2874 0000 40 11 3e17 0a090001 0a090002
      a632 12b5 003a 0673 08000000 00004d00
      ffffffffffff 2ab7d5e3d5da 0806
      0001 0800 06 04 0001 2ab7d5e3d5da 0a080001 000000000000 0a080002`,
    frame: {
      dst: B.mac,
      src: A.mac,
      payload: {
        ...plainIpv4,
        tos: 0,
        id: 0x2874,
        dontFragment: false,
        ttl: 64,
        src: A.v4,
        dst: B.v4,
        payload: {
          kind: 'udp',
          srcPort: 42546,
          dstPort: 4789,
          payload: {
            kind: 'vxlan',
            vni: 77,
            inner: {
              dst: parseMac('ff:ff:ff:ff:ff:ff'),
              src: parseMac('2a:b7:d5:e3:d5:da'),
              payload: {
                kind: 'arp',
                operation: 'request',
                senderMac: parseMac('2a:b7:d5:e3:d5:da'),
                senderIp: parseIpv4('10.8.0.1'),
                targetMac: 0,
                targetIp: parseIpv4('10.8.0.2'),
              },
            },
          },
        },
      },
    },
  },
};

describe.each(Object.entries(frames))('%s', (_, { bytes, frame }) => {
  test('is decoded', () => {
    expect(decodeFrame(hex(bytes))).toEqual(frame);
  });

  test('is encoded as the kernel does it', () => {
    expect(toHex(encodeFrame(frame))).toBe(toHex(hex(bytes)));
  });
});
