import type { IpPacket, Ipv6Packet, RawIpPayload } from '@podpath/net';

/** Where the first eight bytes behind the IP header hold what names a field of `MASKED`. */
const ICMP = 1;
const TCP = 6;
const UDP = 17;
const FRAGMENT = 44;
const ICMPV6 = 58;
const ICMP_BYTES = 8;
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
const FIRST_INFORMATION = 128;
const VXLAN_PORTS: ReadonlySet<number> = new Set([4789, 8472]);
const UDP_BYTES = 8;
const VXLAN_BYTES = 8;
const ETHERNET_BYTES = 14;

/**
 * Fields of a packet that an ICMP error quotes, which may be cut off anywhere: its header, and what lies behind
 * it as bytes, but for what a sender draws at random.
 */
export function quotedFields(data: Uint8Array): readonly (readonly [string, string])[] {
  const fields: [string, string][] = [['length', String(data.length)]];
  const version = (data[0] ?? 0) >> 4;
  const headerBytes = version === 4 ? ((data[0] ?? 0) & 15) * 4 : 40;
  if (data.length < headerBytes) return [...fields, ['bytes', hex(data)]];
  const header = Uint8Array.from(data.subarray(0, headerBytes));
  const protocol = header[version === 4 ? 9 : 6];
  if (version === 4) {
    fields.push(
      ['ip.id', hex(header.subarray(4, 6))],
      ['ip.checksum', hex(header.subarray(10, 12))],
    );
    header.fill(0, 4, 6).fill(0, 10, 12);
  } else {
    fields.push(['ip.flow-label', hex(header.subarray(1, 4))]);
    header.fill(0, 2, 4);
  }
  fields.push(['ip.header', hex(header)]);
  const rest = data.subarray(headerBytes);
  if (protocol === TCP) {
    fields.push(['tcp.ports', hex(rest.subarray(0, 4))], ['tcp.sequence', hex(rest.subarray(4))]);
  } else if (protocol === UDP) {
    fields.push(['udp.ports', hex(rest.subarray(0, 4))], ['udp.length', hex(rest.subarray(4, 6))]);
    if (carriesFrame(rest)) {
      return [...fields.filter(([name]) => name !== 'udp.ports'), ...tunnelFields(rest)];
    }
    fields.push(['udp.checksum', hex(rest.subarray(6, 8))], ['udp.data', hex(rest.subarray(8))]);
  } else if (protocol === FRAGMENT) {
    // Behind the fragment header stands a transport header whose checksum no capture on this host has seen computed.
    fields.push(['fragment', hex(rest.subarray(0, 4))], ['ip.id', hex(rest.subarray(4, 8))]);
    const data = Uint8Array.from(rest.subarray(8));
    const first = ((rest[2] ?? 0) << 8) + (rest[3] ?? 0) < 8;
    if (first && rest[0] === UDP) data.fill(0, 6, 8);
    fields.push(['data', hex(data)]);
  } else if (rest.length > ICMP_BYTES && isIcmpError(protocol, rest[0] ?? 0)) {
    // An error about an error's packet, as only a tunnel's sender hears of it, quotes in its turn.
    fields.push(
      ['icmp.header', hex(rest.subarray(0, 2)) + hex(rest.subarray(4, ICMP_BYTES))],
      ['icmp.checksum', hex(rest.subarray(2, 4))],
      ...quotedFields(rest.subarray(ICMP_BYTES)).map(([name, value]): [string, string] => [
        `quoted ${name}`,
        value,
      ]),
    );
  } else {
    fields.push(['data', hex(rest)]);
  }
  return fields;
}

const isIcmpError = (protocol: number | undefined, type: number): boolean =>
  protocol === ICMP ? ICMP_ERRORS.has(type) : protocol === ICMPV6 && type < FIRST_INFORMATION;

/** Of a payload that is not decoded, for it is a piece of one: a first piece may be a tunnel's. */
export function fragmentFields(
  packet: IpPacket,
  { protocol, data }: RawIpPayload,
): readonly (readonly [string, string])[] {
  const offset = packet.kind === 'ipv4' ? packet.fragmentOffset : offsetOf(packet);
  if (protocol !== UDP || offset > 0 || !carriesFrame(data)) return [['ip.data', hex(data)]];
  return tunnelFields(data).map(([name, value]) => [`quoted ${name}`, value] as const);
}

const offsetOf = ({ extensions = [] }: Ipv6Packet): number => {
  const { data } = extensions.find(({ type }) => type === FRAGMENT) ?? {};
  return ((data?.[0] ?? 0) << 8) + ((data?.[1] ?? 0) & 0xf8);
};

/** NAT may have given a tunnel's datagram any port; no datagram of other sockets begins as its header does. */
function carriesFrame(datagram: Uint8Array): boolean {
  const port = ((datagram[2] ?? 0) << 8) + (datagram[3] ?? 0);
  return VXLAN_PORTS.has(port) || isTunnelled(datagram.subarray(UDP_BYTES));
}

/** Whether a datagram's payload is a frame in VXLAN: the flag of a valid identifier, and the header's zeros. */
export const isTunnelled = (payload: Uint8Array): boolean =>
  payload.length >= VXLAN_BYTES + ETHERNET_BYTES &&
  payload[0] === 8 &&
  [1, 2, 3, 7].every((at) => payload[at] === 0);

/** Of a tunnel's datagram, whose source port is drawn from a hash, and of the packet in it. */
function tunnelFields(datagram: Uint8Array): readonly (readonly [string, string])[] {
  const inner = datagram.subarray(UDP_BYTES + VXLAN_BYTES + ETHERNET_BYTES);
  return [
    ['vxlan', hex(datagram.subarray(UDP_BYTES, UDP_BYTES + VXLAN_BYTES + ETHERNET_BYTES))],
    ...quotedFields(inner).map(([name, value]) => [`inner ${name}`, value] as const),
  ];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
