import { get16, getMac, put16, putMac } from './bytes.ts';
import { needBytes } from './decode-error.ts';
import type { Mac } from './mac.ts';

/** Ethernet II: the header alone. */
export const ETHERNET_HEADER_BYTES = 14;
const AT = { dst: 0, src: 6, etherType: 12 } as const;

export const EtherType = { IPV4: 0x0800, ARP: 0x0806, IPV6: 0x86dd } as const;

interface EthernetHeader {
  readonly dst: Mac;
  readonly src: Mac;
  readonly etherType: number;
}

/** Throws `DecodeError` for fewer than 14 bytes. */
export const readEthernet = (bytes: Uint8Array): EthernetHeader => {
  needBytes('ethernet', bytes, ETHERNET_HEADER_BYTES);
  return {
    dst: getMac(bytes, AT.dst),
    src: getMac(bytes, AT.src),
    etherType: get16(bytes, AT.etherType),
  };
};

export const writeEthernet = (header: EthernetHeader, out: Uint8Array): void => {
  putMac(out, AT.dst, header.dst);
  putMac(out, AT.src, header.src);
  put16(out, AT.etherType, header.etherType);
};
