import { cloneFrame, type EthernetFrame } from '@podpath/net';
import type { CapturedFrame, Outcome, PacketTrace } from '../trace.ts';
import { hopsOf, type Trail } from './trail.ts';

/** Which way a packet goes: the probe itself, or the answer that it called forth. */
export type Leg = 'request' | 'reply';

interface Ending {
  readonly rank: number;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly trail: Trail | undefined;
}

/** Of several copies the one that got furthest tells the story; among equals, the first. */
const RANK: Record<Outcome, number> = {
  delivered: 10,
  refused: 9,
  rejected: 8,
  undecided: 7,
  'too-big': 6,
  expired: 5,
  unreachable: 4,
  looped: 3,
  dropped: 2,
};
const RANK_OF_STRAY_COPY = 1;
const RANK_OF_ENDLESS = 11;

/** Collects what becomes of one probe and of its answer. */
export class Recorder {
  readonly tracing: boolean;
  readonly capturing: boolean;
  readonly #nowMs: () => number;
  readonly #captures: CapturedFrame[] = [];
  readonly #endings: { [leg in Leg]?: Ending } = {};
  #obscured: string | undefined;
  #callError: string | undefined;

  constructor(options: { tracing: boolean; capturing: boolean; nowMs: () => number }) {
    this.tracing = options.tracing;
    this.capturing = options.capturing;
    this.#nowMs = options.nowMs;
  }

  capture(namespace: string, device: string, direction: 'in' | 'out', frame: EthernetFrame): void {
    const timeNs = BigInt(Math.round(this.#nowMs() * 1_000_000));
    this.#captures.push({ namespace, device, direction, timeNs, frame: cloneFrame(frame) });
  }

  /** What the call that sent the probe fails with, whatever else became of it. */
  failCall(text: string): void {
    this.#callError ??= text;
  }

  /** Why a question that a packet waits for got lost, where nobody can tell whether it did. */
  get obscured(): string | undefined {
    return this.#obscured;
  }

  obscure(reason: string): void {
    this.#obscured ??= reason;
  }

  /** `stray`: a flooded copy that was never meant for where it ended. */
  end(leg: Leg, outcome: Outcome, reason: string, trail: Trail | undefined, stray = false): void {
    const rank = stray ? RANK_OF_STRAY_COPY : RANK[outcome];
    const known = this.#endings[leg];
    if (known !== undefined && known.rank >= rank) return;
    this.#endings[leg] = { rank, outcome, reason, trail };
  }

  /** Frames go on without end: whatever became of the probe itself, this is what has to be told. */
  giveUp(reason: string): void {
    const trail = this.#endings.request?.trail;
    this.#endings.request = { rank: RANK_OF_ENDLESS, outcome: 'looped', reason, trail };
  }

  result(): PacketTrace {
    const { request, reply } = this.#endings;
    return {
      outcome: request?.outcome ?? 'dropped',
      reason: request?.reason ?? 'a fragment is missing: the packet was never complete',
      request: hopsOf(request?.trail),
      ...(reply === undefined ? {} : { reply: hopsOf(reply.trail), replyOutcome: reply.outcome }),
      ...(this.#callError === undefined ? {} : { callError: this.#callError }),
      captures: this.#captures,
    };
  }
}
