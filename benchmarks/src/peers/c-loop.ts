import type { IpPacket } from '@podpath/net';
import { C_LOOP_SOURCE } from './c-loop-source.ts';
import { runProgram } from './c-program.ts';
import type { WordTest } from './word-tests.ts';
import { packetWords, WORDS } from './word-tests.ts';

export interface LoopTimes {
  /** Of a rule. */
  readonly p50Ns: number;
  readonly p99Ns: number;
  /** For each packet the first test that fits; their number when none does. */
  readonly found: readonly number[];
}

/**
 * Lets a loop in C go over the tests for each packet, again and again for so long. Throws when it cannot be built or
 * run.
 */
export function timeLoop(
  compiler: string,
  tests: readonly WordTest[],
  packets: readonly IpPacket[],
  timeMs: number,
): LoopTimes {
  return parseTimes(
    runProgram(compiler, C_LOOP_SOURCE, '-O2', [String(timeMs)], input(tests, packets)),
  );
}

/** Numbers of tests, packets and words, then the tests, word, mask, value and a gap, then the packets' words. */
function input(tests: readonly WordTest[], packets: readonly IpPacket[]): Uint8Array {
  const numbers = [
    tests.length,
    packets.length,
    WORDS,
    ...tests.flatMap(({ word, mask, value }) => [word, mask, value, 0]),
    ...packets.flatMap((packet) => [...packetWords(packet)]),
  ];
  return new Uint8Array(Int32Array.from(numbers).buffer);
}

/** `median p99`, then what was found, all in one line. */
function parseTimes(output: string): LoopTimes {
  const [p50Ns = Number.NaN, p99Ns = Number.NaN, ...found] = output.trim().split(' ').map(Number);
  return { p50Ns, p99Ns, found };
}
