import { get8, get32, put32 } from './bytes.ts';

/** The VXLAN header (RFC 7348): the flag "VNI is valid", the VNI, everything else 0. */
export const VXLAN_HEADER_BYTES = 8;
const AT = { flags: 0, vni: 4 } as const;
const VNI_VALID = 0x0800_0000;

/** UDP ports that carry VXLAN: IANA's, Linux's and Flannel's, Weave's. */
export const VXLAN_PORTS: readonly number[] = [4789, 8472, 6784];

/** The VNI, or undefined when the bytes are no plain VXLAN. Never throws. */
export const readVxlanVni = (bytes: Uint8Array): number | undefined => {
  const plain =
    bytes.length >= VXLAN_HEADER_BYTES &&
    get32(bytes, AT.flags) === VNI_VALID &&
    get8(bytes, AT.vni + 3) === 0;
  return plain ? get32(bytes, AT.vni) >>> 8 : undefined;
};

export const writeVxlan = (vni: number, out: Uint8Array): void => {
  put32(out, AT.flags, VNI_VALID);
  put32(out, AT.vni, vni << 8);
};
