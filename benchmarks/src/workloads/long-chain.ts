import type { Rule } from '@podpath/linux';
import type { Ipv4, Ipv4Packet } from '@podpath/net';
import { createRandom } from './random.ts';

/** Services, and the packets that are asked about. */
const SERVICE_NETWORK: Ipv4 = 0x0a60_0000;
const POD_NETWORK: Ipv4 = 0x0af4_0000;
const LAST_PORT = 9_999;

/**
 * A chain in the shape that kube-proxy and policy controllers write: most rules name an address and a port, some a
 * network of sources, some the device that a packet came in by. Only the last one fits the packets of `packets`.
 */
export function longChain(length: number, seed: number): readonly Rule[] {
  const random = createRandom(seed);
  const rules = Array.from({ length: length - 1 }, (_, index): Rule => {
    const drop = { kind: 'drop' } as const;
    switch (random.below(8)) {
      case 0:
        return { matches: [{ kind: 'in-interface', name: `cali${index}` }], target: drop };
      case 1: {
        const prefix = { address: POD_NETWORK + 0x1_0000 + index * 64, length: 26 };
        return { matches: [{ kind: 'source', prefix }], target: drop };
      }
      default:
        return {
          matches: [
            {
              kind: 'destination',
              prefix: { address: SERVICE_NETWORK + 0x1_0000 + index, length: 32 },
            },
            { kind: 'protocol', protocol: 'tcp' },
            { kind: 'comment', text: `service ${index}` },
            { kind: 'protocol-module', protocol: 'tcp' },
            { kind: 'port', protocol: 'tcp', side: 'destination', first: 80, last: 80 },
          ],
          target: drop,
        };
    }
  });
  const last: Rule = {
    matches: [
      { kind: 'destination', prefix: { address: SERVICE_NETWORK, length: 16 } },
      { kind: 'protocol', protocol: 'tcp' },
      { kind: 'port', protocol: 'tcp', side: 'destination', first: 1, last: LAST_PORT },
    ],
    target: drop(),
  };
  return [...rules, last];
}

const drop = () => ({ kind: 'drop' }) as const;

/** TCP segments from pods to Services, that differ in addresses and ports. */
export function packets(count: number, seed: number): readonly Ipv4Packet[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => ({
    kind: 'ipv4',
    tos: 0,
    id: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    src: POD_NETWORK + random.below(0xffff),
    dst: SERVICE_NETWORK + random.below(0xffff),
    payload: {
      kind: 'tcp',
      srcPort: 32_768 + random.below(28_000),
      dstPort: 1 + random.below(LAST_PORT),
      sequence: 0,
      acknowledgement: 0,
      flags: 2,
      window: 64_240,
      data: new Uint8Array(0),
    },
  }));
}
