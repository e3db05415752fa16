import {
  type Command,
  createNetwork,
  type Netfilter,
  type Network,
  type PacketContext,
  parseNft,
} from '@podpath/linux';
import type { Ipv4Packet } from '@podpath/net';
import type { Weighed } from '../suites/suite.ts';
import { longChain, packets } from './long-chain.ts';
import { longChainOfNftables } from './nft-chain.ts';

/** Of each kind of thing, to share out among them what they take up together. */
export const THINGS = 10_000;
const SEED = 7;
const NODE = 'node';

/** Weighs what has been made, less what there is without the things. Their number is counted by who has them. */
const weighed = (
  make: () => unknown,
  makeWithout: () => unknown,
  count: () => number,
): Weighed => ({
  kind: 'weighed',
  things: THINGS,
  make,
  makeWithout,
  check: () => {
    const counted = count();
    if (counted !== THINGS) throw new Error(`there are ${counted}, not ${THINGS}`);
    return counted;
  },
  holds: {},
});

const oneNode = (): Network => {
  const network = createNetwork();
  network.addNamespace(NODE);
  return network;
};

const netfilterOf = (network: Network): Netfilter => network.namespace(NODE).netfilter;

export function idleNamespaces(): Weighed {
  const make = (): Network => {
    const network = createNetwork();
    for (let at = 0; at < THINGS; at++) network.addNamespace(`namespace-${at}`);
    return network;
  };
  return weighed(make, createNetwork, () => make().namespaceNames().length);
}

export function iptablesRules(): Weighed {
  const chain = longChain(THINGS, SEED);
  const make = (): Network => {
    const network = oneNode();
    for (const rule of chain) {
      const chained = { table: 'filter', op: 'append', chain: 'FORWARD', rule } as const;
      netfilterOf(network).apply({ kind: 'iptables', family: 4, ...chained });
    }
    return network;
  };
  return weighed(make, oneNode, () => netfilterOf(make()).size().rules);
}

export function nftablesRules(): Weighed {
  const text = longChainOfNftables(longChain(THINGS, SEED));
  const make = (): Network => {
    const network = oneNode();
    netfilterOf(network).apply(parseNft(text, 'rules', () => undefined));
    return network;
  };
  return weighed(make, oneNode, () => netfilterOf(make()).size().rules);
}

const FIRST_NETWORK = 0x0a00_0000;
const LENGTH = 24;
const APART = 2 ** (32 - LENGTH);

export function routes(): Weighed {
  const network = (count: number): Network => {
    const made = oneNode();
    const commands: readonly Command[] = [
      { kind: 'link-add', name: 'd0', type: 'dummy' },
      { kind: 'link-set', dev: 'd0', up: true },
      ...Array.from({ length: count }, (_, at): Command => {
        const dst = { address: FIRST_NETWORK + at * APART, length: LENGTH };
        return { kind: 'route-add', route: { dst, dev: 'd0' } };
      }),
    ];
    made.apply({ namespace: NODE, commands });
    return made;
  };
  return weighed(
    () => network(THINGS),
    () => network(0),
    () => network(THINGS).namespace(NODE).routes(4).length,
  );
}

export function connections(): Weighed {
  const [packet] = packets(1, SEED);
  if (packet === undefined) throw new RangeError('no packet');
  const make = (): Network => {
    const network = oneNode();
    const netfilter = netfilterOf(network);
    wakeConntrack(netfilter);
    for (let at = 0; at < THINGS; at++) {
      const context = passing({ ...packet, dst: packet.dst + at });
      for (const hook of ['PREROUTING', 'FORWARD', 'POSTROUTING'] as const) {
        netfilter.run(hook, context);
      }
    }
    return network;
  };
  return weighed(
    make,
    oneNode,
    () => netfilterOf(make()).conntrackList().trim().split('\n').length,
  );
}

const wakeConntrack = (netfilter: Netfilter): void =>
  netfilter.apply({
    kind: 'iptables',
    family: 4,
    table: 'filter',
    op: 'append',
    chain: 'FORWARD',
    rule: {
      matches: [{ kind: 'conntrack', module: 'conntrack', states: ['INVALID'] }],
      target: { kind: 'drop' },
    },
  });

const passing = (packet: Ipv4Packet): PacketContext => ({
  packet,
  mark: 0,
  conntrack: undefined,
  inDevice: 'eth0',
  outDevice: 'eth1',
  physicalIn: undefined,
  physicalOut: undefined,
  bridged: false,
  record: undefined,
});
