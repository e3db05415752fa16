import type { Hop, IptablesCommand, Rule } from '@podpath/linux';
import type { IpFamily, IpPacket } from '@podpath/net';
import type { PlacedCommand } from '../kernel/command-batches.ts';
import type { SeenFrame } from '../observation.ts';
import { innermostPacket } from './innermost-packet.ts';

/** A draw that every `statistic` match of a probability below one fails at, and one that it passes. */
const MISS = 0x7fff_ffff;
const HIT = 0;

const FIRST_HIGH_PORT = 1024;

/** A chain that a flow comes to and that chooses between endpoints of a Service. */
export interface ChoosingChain {
  readonly namespace: string;
  readonly family: IpFamily;
  readonly chain: string;
}

/**
 * What another kernel drew for one flow: the endpoint of a Service among several, and the ports that `--random-fully` gave.
 * `next` is asked for them in this order.
 */
export class SteeredDraws {
  readonly #commands: readonly PlacedCommand[];
  #draws: number[] = [];

  constructor(commands: readonly PlacedCommand[]) {
    this.#commands = commands;
  }

  /** For `NetworkOptions.draw`. */
  readonly next = (): number | undefined => this.#draws.shift();

  /** The chain on a flow's expected way that draws, whatever it draws; `undefined` when there is none. */
  choosing(expected: readonly Hop[]): ChoosingChain | undefined {
    for (const { namespace, steps } of expected) {
      for (const step of steps) {
        if (step.kind !== 'rule' || step.table !== 'nat') continue;
        const { chain } = step;
        const rules = this.#rulesOf(namespace, chain);
        const [drawn] = rules.filter(({ rule }) => isDrawn(rule));
        if (drawn !== undefined) return { namespace, family: drawn.family, chain };
      }
    }
    return undefined;
  }

  /**
   * Prepares for a flow: the rule by which it left a choosing chain, counted from 0, and the frames that the other kernel
   * showed.
   */
  follow(
    chosen: { readonly chain: ChoosingChain; readonly rule: number } | undefined,
    sourcePort: number,
    frames: readonly SeenFrame[],
  ): void {
    const ports = portDraws(frames.flatMap(innermostPacket), sourcePort);
    this.#draws = [...(chosen === undefined ? [] : this.#ruleDraws(chosen)), ...ports];
  }

  forget(): void {
    this.#draws = [];
  }

  #ruleDraws(chosen: { readonly chain: ChoosingChain; readonly rule: number }): readonly number[] {
    const { namespace, chain } = chosen.chain;
    const rules = this.#rulesOf(namespace, chain).filter(
      ({ family }) => family === chosen.chain.family,
    );
    const drawn = rules.map(({ rule }) => isDrawn(rule));
    const misses = drawn
      .slice(0, chosen.rule)
      .filter(Boolean)
      .map(() => MISS);
    return drawn[chosen.rule] === true ? [...misses, HIT] : misses;
  }

  #rulesOf(namespace: string, chain: string): readonly Append[] {
    return this.#commands.flatMap(({ namespace: place, command }): Append[] =>
      place === namespace && isNatRule(command) && command.chain === chain ? [command] : [],
    );
  }
}

type Append = Extract<IptablesCommand, { readonly op: 'append' }>;

const isNatRule = (command: PlacedCommand['command']): command is Append =>
  command.kind === 'iptables' && command.op === 'append' && command.table === 'nat';

const isDrawn = ({ matches }: Rule): boolean =>
  matches.some((match) => match.kind === 'statistic' && match.mode === 'random');

/** Each new source port on the way of the question, once. */
function portDraws(packets: readonly IpPacket[], sourcePort: number): readonly number[] {
  const seen = new Set([sourcePort]);
  const draws: number[] = [];
  for (const { payload } of packets) {
    const isEcho = payload.kind === 'icmp' || payload.kind === 'icmpv6';
    if (isEcho ? !isEchoRequest(payload.type) : isAnswer(payload, seen)) break;
    const port = isEcho ? payload.rest >>> 16 : sourcePortOf(payload);
    if (port === undefined || seen.has(port)) continue;
    seen.add(port);
    draws.push(isEcho ? port : port - FIRST_HIGH_PORT);
  }
  return draws;
}

const isEchoRequest = (type: number): boolean => type === 8 || type === 128;

const isAnswer = (payload: IpPacket['payload'], ports: ReadonlySet<number>): boolean =>
  (payload.kind === 'tcp' || payload.kind === 'udp') && ports.has(payload.dstPort);

const sourcePortOf = (payload: IpPacket['payload']): number | undefined =>
  payload.kind === 'tcp' || payload.kind === 'udp' ? payload.srcPort : undefined;
