import { createNetwork, type Netfilter, type PacketContext, type Rule } from '@podpath/linux';
import type { IpPacket } from '@podpath/net';
import { firstMatch } from '../peers/naive-rules.ts';
import { longChain, packets } from '../workloads/long-chain.ts';
import type { Suite, Timed } from './suite.ts';

const PACKETS = 64;
const IN_DEVICE = 'eth0';
const LENGTHS = [10, 1_000, 10_000] as const;
const SEED = 11;

export const rules: Suite = {
  name: 'rules',
  title: 'Rules',
  about:
    'How many rules a second a packet is held against in a chain of the filter table, when only the last one fits. ' +
    'What the number of rules costs on a real node has the same shape: the kernel walks a chain rule by rule too.',
  quantity: 'rate',
  measure: 'rules a second',
  workloadTitle: 'Chain',
  workloads: LENGTHS.map((length) => {
    const name = `${length.toLocaleString('en-GB')} rules`;
    return {
      name,
      description: `a chain of ${name}, of addresses with ports, networks of sources and devices; ${PACKETS} TCP packets that only the last rule fits`,
      size: { rules: length },
      seed: SEED,
      quick: true,
      subjects: [
        { name: 'iptables, emulated', role: 'own', prepare: () => emulated(length) },
        { name: 'naive interpreter', role: 'peer', prepare: () => naive(length) },
      ],
    };
  }),
};

function emulated(length: number): Timed {
  const chain = longChain(length, SEED);
  const netfilter = programmed(chain);
  const contexts = packets(PACKETS, SEED).map(received);
  const decided = (context: PacketContext): number | undefined => {
    const verdict = netfilter.run('FORWARD', context);
    if (verdict.kind !== 'drop') return undefined;
    return Number(/^rule (\d+) of filter FORWARD$/.exec(verdict.reason)?.[1]) - 1;
  };
  return {
    kind: 'timed',
    operations: length * contexts.length,
    holds: {},
    run: () =>
      contexts.reduce(
        (sum, context) => sum + (netfilter.run('FORWARD', context).kind === 'drop' ? 1 : 0),
        0,
      ),
    check: () => {
      // The first rules decide on some packets too, so that more than the last one is compared.
      const hits = chain.flatMap((rule) => fitting(rule, contexts[0])).slice(0, 1_000);
      return checkAll([...contexts, ...hits], decided, (context) =>
        firstMatch(chain, context.packet, context.inDevice ?? ''),
      );
    },
  };
}

function naive(length: number): Timed {
  const chain = longChain(length, SEED);
  const contexts = packets(PACKETS, SEED).map(received);
  const decided = ({ packet, inDevice }: PacketContext): number | undefined =>
    firstMatch(chain, packet, inDevice ?? '');
  return {
    kind: 'timed',
    operations: length * contexts.length,
    holds: {},
    run: () => contexts.reduce((sum, context) => sum + (decided(context) ?? 0), 0),
    // It is the oracle: what it must find is known from how the chain was made.
    check: () => checkAll(contexts, decided, () => length - 1),
  };
}

function programmed(chain: readonly Rule[]): Netfilter {
  const { netfilter } = createNetwork().addNamespace('node');
  for (const rule of chain) {
    netfilter.apply({
      kind: 'iptables',
      family: 4,
      table: 'filter',
      op: 'append',
      chain: 'FORWARD',
      rule,
    });
  }
  return netfilter;
}

const received = (packet: IpPacket): PacketContext => ({
  packet,
  mark: 0,
  conntrack: undefined,
  inDevice: IN_DEVICE,
  outDevice: 'eth1',
  physicalIn: undefined,
  physicalOut: undefined,
  bridged: false,
  record: undefined,
});

/** A packet that a rule of the chain fits: made from one that it does not. */
function fitting(rule: Rule, context: PacketContext | undefined): readonly PacketContext[] {
  if (context === undefined || context.packet.kind !== 'ipv4') return [];
  const [match] = rule.matches;
  switch (match?.kind) {
    case 'in-interface':
      return [{ ...context, inDevice: match.name }];
    case 'source':
      return typeof match.prefix.address === 'number'
        ? [{ ...context, packet: { ...context.packet, src: match.prefix.address + 1 } }]
        : [];
    default:
      return [];
  }
}

function checkAll(
  contexts: readonly PacketContext[],
  answer: (context: PacketContext) => number | undefined,
  expected: (context: PacketContext) => number | undefined,
): number {
  for (const context of contexts) {
    const got = answer(context);
    const wanted = expected(context);
    if (got !== wanted) throw new Error(`expected rule ${wanted}, got ${got}`);
  }
  return contexts.length;
}
