import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseIpv4, parseIpv6 } from './address-text.ts';
import { encodeFrame, encodeIpPacket } from './encode.ts';
import type { EthernetFrame, IpPacket, IpPayload } from './packet.ts';
import { PcapngWriter } from './pcapng.ts';
import { hex } from './test-hex.ts';

// Another implementation's opinion of our bytes: Wireshark's dissectors, checksums verified.

const TSHARK = 'tshark';

const v4 = (payload: IpPayload): IpPacket => ({
  kind: 'ipv4',
  tos: 0,
  id: 7,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  src: parseIpv4('10.244.1.2'),
  dst: parseIpv4('10.244.2.3'),
  payload,
});

const v6 = (payload: IpPayload): IpPacket => ({
  kind: 'ipv6',
  trafficClass: 0,
  flowLabel: 0x12345,
  hopLimit: 255,
  src: parseIpv6('fd00:10:244:1::2'),
  dst: parseIpv6('fd00:10:244:2::3'),
  payload,
});

const framed = (payload: EthernetFrame['payload']): EthernetFrame => ({
  dst: 0x0200_0000_0002,
  src: 0x0200_0000_0001,
  payload,
});

const text = (words: string): Uint8Array => Uint8Array.from(Buffer.from(words));

const udp = { kind: 'udp', srcPort: 40000, dstPort: 9999, payload: text('odd') } as const;
const tcp = {
  kind: 'tcp',
  srcPort: 40000,
  dstPort: 9999,
  sequence: 1,
  acknowledgement: 0,
  flags: 2,
  window: 64240,
  options: hex('020405b4 0402 0101'),
  data: new Uint8Array(0),
} as const;
const sctp: IpPayload = {
  kind: 'sctp',
  srcPort: 40000,
  dstPort: 9999,
  verificationTag: 0,
  chunks: [{ type: 1, flags: 0, value: hex('11223344 0001a000 000a ffff 55667788') }],
};
const echo = { type: 8, code: 0, rest: 0x0001_0001, data: text('ping!') } as const;
const ndp = { kind: 'ndp', target: parseIpv6('fd00:10:244:2::3') } as const;

const frames: Record<string, EthernetFrame> = {
  'eth:ethertype:arp': framed({
    kind: 'arp',
    operation: 'request',
    senderMac: 0x0200_0000_0001,
    senderIp: parseIpv4('10.244.1.2'),
    targetMac: 0,
    targetIp: parseIpv4('10.244.1.1'),
  }),
  'eth:ethertype:ip:udp:data': framed(v4(udp)),
  'eth:ethertype:ip:tcp': framed(v4(tcp)),
  'eth:ethertype:ip:sctp': framed(v4(sctp)),
  'eth:ethertype:ip:icmp:data': framed(v4({ kind: 'icmp', ...echo })),
  'eth:ethertype:ip:icmp:ip:udp:data': framed(
    v4({ kind: 'icmp', type: 3, code: 1, rest: 0, data: encodeIpPacket(v4(udp)) }),
  ),
  'eth:ethertype:ip:ip:tcp': framed(v4({ kind: 'ipip', inner: v4(tcp) })),
  'eth:ethertype:ip:ipv6:udp:data': framed(v4({ kind: 'ipip', inner: v6(udp) })),
  'eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:tcp': framed(
    v4({
      kind: 'udp',
      srcPort: 50000,
      dstPort: 4789,
      payload: { kind: 'vxlan', vni: 4096, inner: framed(v4(tcp)) },
    }),
  ),
  'eth:ethertype:ipv6:udp:data': framed(v6(udp)),
  'eth:ethertype:ipv6:tcp': framed(v6(tcp)),
  'eth:ethertype:ipv6:sctp': framed(v6(sctp)),
  'eth:ethertype:ipv6:icmpv6:data': framed(v6({ kind: 'icmpv6', ...echo, type: 128 })),
  'eth:ethertype:ipv6:icmpv6 (solicitation)': framed(
    v6({
      kind: 'icmpv6',
      type: 135,
      code: 0,
      rest: 0,
      data: { ...ndp, sourceLinkAddress: 0x0200_0000_0001 },
    }),
  ),
  'eth:ethertype:ipv6:icmpv6 (advertisement)': framed(
    v6({
      kind: 'icmpv6',
      type: 136,
      code: 0,
      rest: 0x6000_0000,
      data: { ...ndp, targetLinkAddress: 0x0200_0000_0002 },
    }),
  ),
  'eth:ethertype:ipv6:ipv6.hopopts:udp:data': framed({
    ...v6(udp),
    kind: 'ipv6',
    extensions: [{ type: 0, data: hex('050200000100') }],
  } as IpPacket),
  'eth:ethertype:ipv6:ipv6:udp:vxlan:eth:ethertype:ipv6:tcp': framed(
    v6({
      kind: 'ipip',
      inner: v6({
        kind: 'udp',
        srcPort: 50000,
        dstPort: 4789,
        payload: { kind: 'vxlan', vni: 1, inner: framed(v6(tcp)) },
      }),
    }),
  ),
};

const FIELDS = [
  'frame.protocols',
  'frame.interface_name',
  'frame.time_epoch',
  'frame.packet_flags_direction',
  '_ws.malformed',
  'ip.checksum.status',
  'udp.checksum.status',
  'tcp.checksum.status',
  'sctp.checksum.status',
  'icmp.checksum.status',
  'icmpv6.checksum.status',
] as const;

/** Rows of fields, one row a packet, as tshark prints them. */
const dissect = (capture: Uint8Array): Record<string, string>[] => {
  const folder = mkdtempSync(join(tmpdir(), 'podpath-capture-'));
  try {
    const file = join(folder, 'all.pcapng');
    writeFileSync(file, capture);
    const checks = ['ip.check_checksum', 'udp.check_checksum', 'tcp.check_checksum'].flatMap(
      (name) => ['-o', `${name}:TRUE`],
    );
    const fields = FIELDS.flatMap((field) => ['-e', field]);
    const { status, stdout, stderr } = spawnSync(
      TSHARK,
      ['-r', file, ...checks, '-o', 'sctp.checksum:CRC-32C', '-T', 'fields', ...fields],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`tshark failed: ${stderr}`);
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => Object.fromEntries(line.split('\t').map((value, at) => [FIELDS[at], value])));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const missing = spawnSync(TSHARK, ['--version']).status !== 0;
if (missing) console.warn('skipped: Wireshark cannot judge our bytes, for tshark is not on PATH');

describe.skipIf(missing)('tshark', () => {
  let rows: Record<string, string>[] = [];

  beforeAll(() => {
    const writer = new PcapngWriter();
    const ids = [writer.addInterface('eth0'), writer.addInterface('cali0123456789a')];
    for (const [index, frame] of Object.values(frames).entries()) {
      writer.addPacket({
        interfaceId: ids[index % 2] ?? 0,
        timeNs: 1_700_000_000_000_000_000n + BigInt(index),
        direction: index % 2 === 0 ? 'in' : 'out',
        bytes: encodeFrame(frame),
      });
    }
    const broken = encodeFrame({ ...framed(v4({ ...udp, checksum: 1 })) });
    writer.addPacket({ interfaceId: 0, timeNs: 0n, direction: 'in', bytes: broken });
    rows = dissect(writer.toBytes());
  }, 60_000);

  test.each(Object.keys(frames).map((name, index) => [name, index] as const))(
    'finds nothing wrong with %s',
    (name, index) => {
      const row = rows[index] ?? {};
      expect(row['frame.protocols']).toBe(name.replace(/ .*/, ''));
      expect(row['frame.interface_name']).toBe(index % 2 === 0 ? 'eth0' : 'cali0123456789a');
      expect(row['frame.time_epoch']).toBe(`1700000000.${String(index).padStart(9, '0')}`);
      expect(Number(row['frame.packet_flags_direction'])).toBe(index % 2 === 0 ? 1 : 2);
      expect(row['_ws.malformed']).toBe('');
      // One status a header: 1 is good.
      const statuses = FIELDS.filter((field) => field.endsWith('.status'))
        .flatMap((field) => (row[field] ?? '').split(','))
        .filter((status) => status !== '');
      expect(new Set(statuses)).toEqual(new Set(name.includes('arp') ? [] : ['1']));
    },
  );

  test('would have said so: it does for a checksum that is wrong', () => {
    expect(rows.at(-1)).toMatchObject({ 'udp.checksum.status': '0', 'ip.checksum.status': '1' });
  });
});
