import { get8, get16, get32, getMac, put16, put32, putMac } from './bytes.ts';
import { needBytes } from './decode-error.ts';
import { EtherType } from './ethernet.ts';
import type { ArpPacket } from './packet.ts';

/** ARP for IPv4 over Ethernet (RFC 826). */
export const ARP_BYTES = 28;
const AT = {
  hardwareType: 0,
  protocolType: 2,
  hardwareLength: 4,
  protocolLength: 5,
  operation: 6,
  senderMac: 8,
  senderIp: 14,
  targetMac: 18,
  targetIp: 24,
} as const;
const HARDWARE_ETHERNET = 1;
const OPERATIONS = { request: 1, reply: 2 } as const;

/** Undefined for other hardware, protocols and operations (RARP, say). Throws `DecodeError` when cut short. */
export const readArp = (bytes: Uint8Array): ArpPacket | undefined => {
  needBytes('arp', bytes, ARP_BYTES);
  const known =
    get16(bytes, AT.hardwareType) === HARDWARE_ETHERNET &&
    get16(bytes, AT.protocolType) === EtherType.IPV4 &&
    get8(bytes, AT.hardwareLength) === 6 &&
    get8(bytes, AT.protocolLength) === 4;
  const code = get16(bytes, AT.operation);
  if (!known || (code !== OPERATIONS.request && code !== OPERATIONS.reply)) return undefined;
  return {
    kind: 'arp',
    operation: code === OPERATIONS.request ? 'request' : 'reply',
    senderMac: getMac(bytes, AT.senderMac),
    senderIp: get32(bytes, AT.senderIp),
    targetMac: getMac(bytes, AT.targetMac),
    targetIp: get32(bytes, AT.targetIp),
  };
};

export const writeArp = (arp: ArpPacket, out: Uint8Array): void => {
  put16(out, AT.hardwareType, HARDWARE_ETHERNET);
  put16(out, AT.protocolType, EtherType.IPV4);
  out[AT.hardwareLength] = 6;
  out[AT.protocolLength] = 4;
  put16(out, AT.operation, OPERATIONS[arp.operation]);
  putMac(out, AT.senderMac, arp.senderMac);
  put32(out, AT.senderIp, arp.senderIp);
  putMac(out, AT.targetMac, arp.targetMac);
  put32(out, AT.targetIp, arp.targetIp);
};
