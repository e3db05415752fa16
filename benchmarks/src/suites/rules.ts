import {
  createNetwork,
  type Netfilter,
  type PacketContext,
  parseNft,
  type Rule,
} from '@podpath/linux';
import type { IpPacket } from '@podpath/net';
import { timeLoop } from '../peers/c-loop.ts';
import { cCompiler, withoutCompiler } from '../peers/c-program.ts';
import { firstMatch } from '../peers/naive-rules.ts';
import { firstFit, wordTests } from '../peers/word-tests.ts';
import { longChain, packets } from '../workloads/long-chain.ts';
import { longChainOfNftables } from '../workloads/nft-chain.ts';
import type { SelfTimed, Suite, Timed } from './suite.ts';

const PACKETS = 64;
const IN_DEVICE = 'eth0';
const LENGTHS = [10, 1_000, 10_000] as const;
const SEED = 11;
const LEAST_RULES_FOR_C = 1_000;

export const rules: Suite = {
  name: 'rules',
  title: 'Rules',
  about:
    'How many rules a second a packet is held against in a chain of the filter table, when only the last one fits. ' +
    'What the number of rules costs on a real node has the same shape: the kernel walks a chain rule by rule too. ' +
    'The naive interpreter looks at rule objects one by one; the loop in C makes one masked comparison for a rule and nothing else, which is what memory allows.',
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
        { name: 'iptables, emulated', role: 'own', prepare: () => iptables(length) },
        { name: 'nftables, emulated', role: 'own', prepare: () => nftables(length) },
        { name: 'naive interpreter', role: 'peer', prepare: () => naive(length) },
        {
          name: 'loop in C',
          role: 'peer',
          skip:
            length < LEAST_RULES_FOR_C ? 'of so few rules it times the call' : withoutCompiler(),
          prepare: () => loopInC(length),
        },
      ],
    };
  }),
};

function iptables(length: number): Timed {
  const chain = longChain(length, SEED);
  const netfilter = createNetwork().addNamespace('node').netfilter;
  for (const rule of chain) {
    const chained = { table: 'filter', op: 'append', chain: 'FORWARD', rule } as const;
    netfilter.apply({ kind: 'iptables', family: 4, ...chained });
  }
  return emulated(chain, netfilter);
}

function nftables(length: number): Timed {
  const chain = longChain(length, SEED);
  const netfilter = createNetwork().addNamespace('node').netfilter;
  netfilter.apply(parseNft(longChainOfNftables(chain), 'long chain', () => undefined));
  return emulated(chain, netfilter);
}

/** Whichever program wrote the chain, the rules have the same numbers. */
function emulated(chain: readonly Rule[], netfilter: Netfilter): Timed {
  const contexts = packets(PACKETS, SEED).map(received);
  const decided = (context: PacketContext): number | undefined => {
    const verdict = netfilter.run('FORWARD', context);
    if (verdict.kind !== 'drop') return undefined;
    return Number(/^rule (\d+) of /.exec(verdict.reason)?.[1]) - 1;
  };
  return {
    kind: 'timed',
    operations: chain.length * contexts.length,
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

function loopInC(length: number): SelfTimed {
  const compiler = cCompiler();
  if (compiler === undefined) throw new RangeError('there is no compiler');
  const tests = wordTests(longChain(length, SEED));
  const asked = packets(PACKETS, SEED);
  return {
    kind: 'self-timed',
    holds: {},
    run: (timeMs) => {
      const { p50Ns, p99Ns } = timeLoop(compiler, tests, asked, timeMs);
      return { p50Ns, p99Ns };
    },
    check: () => {
      const { found } = timeLoop(compiler, tests, asked, 0);
      const wrong = asked.findIndex((packet, at) => found[at] !== firstFit(tests, packet));
      if (wrong >= 0) throw new Error(`packet ${wrong}: found ${found[wrong]}`);
      return asked.length;
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
