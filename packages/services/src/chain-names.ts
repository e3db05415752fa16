import { createHash } from 'node:crypto';
import type { ServiceProtocol } from './service-protocol.ts';

/** The chains of one Service port. They share one hash, so a set of them is seen to belong together. */
export interface ChainNames {
  /** Spreads over the endpoints of the whole cluster. */
  readonly cluster: string;
  /** Spreads over this node's endpoints. */
  readonly local: string;
  /** Entered by traffic to NodePorts, external and load balancer addresses. */
  readonly external: string;
  /** Checks the load balancer's source ranges. */
  readonly firewall: string;
}

/** Chain names of a Service port, given its `servicePortName`. Source: kubernetes pkg/proxy/iptables/proxier.go. */
export const chainNames = (portName: string, protocol: ServiceProtocol): ChainNames => {
  const hash = shortHash(portName + protocol);
  return {
    cluster: `KUBE-SVC-${hash}`,
    local: `KUBE-SVL-${hash}`,
    external: `KUBE-EXT-${hash}`,
    firewall: `KUBE-FW-${hash}`,
  };
};

/** Chain of one endpoint, `IP:port` or `[IP]:port`, of a Service port. */
export const endpointChainName = (
  portName: string,
  protocol: ServiceProtocol,
  endpoint: string,
): string => `KUBE-SEP-${shortHash(portName + protocol + endpoint)}`;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const HASH_CHARACTERS = 16;

/** The first 16 characters of the base32 text of SHA-256: 80 bits, which keeps chain names under 29 characters. */
function shortHash(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  let out = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of digest) {
    buffer = ((buffer << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += BASE32.charAt((buffer >>> bits) & 31);
      if (out.length === HASH_CHARACTERS) return out;
    }
  }
  return out;
}
