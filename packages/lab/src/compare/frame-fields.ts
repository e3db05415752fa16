import {
  type ArpPacket,
  decodeFrame,
  type EthernetFrame,
  formatIp,
  formatMac,
  type Ip,
  type IpPacket,
  type Mac,
} from '@podpath/net';
import type { SeenFrame } from '../observation.ts';
import { fragmentFields, isTunnelled, quotedFields } from './quoted-fields.ts';

/** Every field of a frame under its name, inner packets' under the outer one's. */
export type FrameFields = ReadonlyMap<string, string>;

/** How addresses that two networks drew each for itself are told by the same words. */
export interface AddressNames {
  readonly mac: (mac: Mac) => string;
  readonly ip: (ip: Ip) => string;
}

/** Addresses as they are. */
export const PLAIN_NAMES: AddressNames = { mac: formatMac, ip: formatIp };

/** Takes a frame apart. Bytes that are no valid frame stand as they are, under `bytes`. */
export function frameFields(frame: SeenFrame, names: AddressNames = PLAIN_NAMES): FrameFields {
  const fields = new Map<string, string>();
  try {
    addFrame(fields, '', decodeFrame(frame.bytes), names);
  } catch {
    fields.set('bytes', Buffer.from(frame.bytes).toString('hex'));
  }
  if (frame.checksumPending === true) {
    for (const name of ['udp.checksum', 'tcp.checksum', 'sctp.checksum']) fields.delete(name);
  }
  return fields;
}

const FRAGMENT = 44;
const REDIRECT = 137;
const REDIRECTED_HEADER = 4;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function addFrame(
  fields: Map<string, string>,
  at: string,
  { dst, src, payload, trailer }: EthernetFrame,
  names: AddressNames,
): void {
  fields.set(`${at}ethernet.destination`, names.mac(dst));
  fields.set(`${at}ethernet.source`, names.mac(src));
  if (trailer !== undefined) fields.set(`${at}ethernet.trailer`, hex(trailer));
  switch (payload.kind) {
    case 'arp':
      addArp(fields, at, payload, names);
      return;
    case 'ipv4':
    case 'ipv6':
      addPacket(fields, at, payload, names);
      return;
    case 'raw-ethernet':
      fields.set(`${at}ethernet.type`, payload.etherType.toString(16));
      fields.set(`${at}ethernet.data`, hex(payload.data));
  }
}

function addArp(
  fields: Map<string, string>,
  at: string,
  arp: ArpPacket,
  names: AddressNames,
): void {
  fields.set(`${at}arp.operation`, arp.operation);
  fields.set(`${at}arp.sender-mac`, names.mac(arp.senderMac));
  fields.set(`${at}arp.sender-ip`, names.ip(arp.senderIp));
  fields.set(`${at}arp.target-mac`, names.mac(arp.targetMac));
  fields.set(`${at}arp.target-ip`, names.ip(arp.targetIp));
}

function addPacket(
  fields: Map<string, string>,
  at: string,
  packet: IpPacket,
  names: AddressNames,
): void {
  const set = (name: string, value: unknown): void => {
    if (value !== undefined) fields.set(`${at}${name}`, String(value));
  };
  set('ip.source', names.ip(packet.src));
  set('ip.destination', names.ip(packet.dst));
  if (packet.kind === 'ipv4') {
    set('ip.tos', packet.tos);
    set('ip.id', packet.id);
    set('ip.dont-fragment', packet.dontFragment);
    set('ip.more-fragments', packet.moreFragments);
    set('ip.fragment-offset', packet.fragmentOffset);
    set('ip.ttl', packet.ttl);
    set('ip.options', packet.options === undefined ? undefined : hex(packet.options));
    set('ip.checksum', packet.checksum);
  } else {
    set('ip.traffic-class', packet.trafficClass);
    set('ip.flow-label', packet.flowLabel);
    set('ip.hop-limit', packet.hopLimit);
    for (const { type, data } of packet.extensions ?? []) {
      set(`ip.extension-${type}`, hex(type === FRAGMENT ? data.subarray(0, 2) : data));
      if (type === FRAGMENT) set('ip.id', hex(data.subarray(2)));
    }
  }
  addPayload(fields, at, packet, names);
}

function addPayload(
  fields: Map<string, string>,
  at: string,
  packet: IpPacket,
  names: AddressNames,
): void {
  const set = (name: string, value: unknown): void => {
    if (value !== undefined) fields.set(`${at}${name}`, String(value));
  };
  const { payload } = packet;
  switch (payload.kind) {
    case 'udp':
      set('udp.source-port', payload.srcPort);
      set('udp.destination-port', payload.dstPort);
      set('udp.checksum', payload.checksum);
      if (payload.payload instanceof Uint8Array) {
        if (isTunnelled(payload.payload)) {
          set('vxlan.vni', hex(payload.payload.subarray(4, 7)));
          addFrame(fields, `${at}inner `, decodeFrame(payload.payload.subarray(8)), names);
        } else {
          set('udp.data', hex(payload.payload));
        }
        return;
      }
      set('vxlan.vni', payload.payload.vni);
      addFrame(fields, `${at}inner `, payload.payload.inner, names);
      return;
    case 'tcp':
      set('tcp.source-port', payload.srcPort);
      set('tcp.destination-port', payload.dstPort);
      set('tcp.sequence', payload.sequence);
      set('tcp.acknowledgement', payload.acknowledgement);
      set('tcp.flags', payload.flags);
      set('tcp.window', payload.window);
      set('tcp.options', payload.options === undefined ? undefined : hex(payload.options));
      set('tcp.options-length', payload.options?.length ?? 0);
      set('tcp.checksum', payload.checksum);
      set('tcp.data', hex(payload.data));
      return;
    case 'sctp':
      set('sctp.source-port', payload.srcPort);
      set('sctp.destination-port', payload.dstPort);
      set('sctp.checksum', payload.checksum);
      set('sctp.chunks', payload.chunks.map(({ type }) => type).join(','));
      return;
    case 'icmp':
    case 'icmpv6': {
      set('icmp.type', payload.type);
      set('icmp.code', payload.code);
      set('icmp.rest', payload.rest);
      set('icmp.checksum', payload.checksum);
      const { data } = payload;
      if (!(data instanceof Uint8Array)) {
        set('ndp.target', names.ip(data.target));
        const { sourceLinkAddress, targetLinkAddress, otherOptions } = data;
        set(
          'ndp.source-mac',
          sourceLinkAddress === undefined ? undefined : names.mac(sourceLinkAddress),
        );
        set(
          'ndp.target-mac',
          targetLinkAddress === undefined ? undefined : names.mac(targetLinkAddress),
        );
        set('ndp.options', otherOptions === undefined ? undefined : hex(otherOptions));
        return;
      }
      const isError = payload.kind === 'icmp' ? ![0, 8].includes(payload.type) : payload.type < 128;
      if (payload.kind === 'icmpv6' && payload.type === REDIRECT) addRedirect(set, data);
      else if (!isError) set('icmp.data', hex(data));
      else for (const [name, value] of quotedFields(data)) set(`quoted ${name}`, value);
      return;
    }
    case 'ipip':
      addPacket(fields, `${at}inner `, payload.inner, names);
      return;
    case 'raw':
      set('ip.protocol', payload.protocol);
      for (const [name, value] of fragmentFields(packet, payload)) set(name, value);
  }
}

/** Target, destination, and options, the last of which quotes a packet. */
function addRedirect(set: (name: string, value: unknown) => void, data: Uint8Array): void {
  set('redirect.addresses', hex(data.subarray(0, 32)));
  let at = 32;
  while (at + 8 <= data.length) {
    const length = 8 * (data[at + 1] ?? 0);
    const option = data.subarray(at, at + length);
    if (data[at] !== REDIRECTED_HEADER || length === 0) {
      set('redirect.option', hex(option));
    } else {
      set('redirect.length', length);
      for (const [name, value] of quotedFields(option.subarray(8))) set(`quoted ${name}`, value);
    }
    at += Math.max(8, length);
  }
}
