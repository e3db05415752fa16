import type { IpFamily } from '@podpath/net';
import type { Hop, PacketTrace } from '../trace.ts';
import { describeStep, familyShown } from './step-text.ts';

/** As wide as the longest name of a step. */
const LABEL_WIDTH = 'encapsulate'.length;

/** A trace as a tree for people: a header for each namespace, its steps below, then the answer's way. */
export function formatTrace(trace: PacketTrace): string {
  const { outcome, reason, request, reply, replyOutcome } = trace;
  const lines = [`request: ${outcome} (${reason})`, ...hopLines(request)];
  if (reply !== undefined) lines.push('', `reply: ${replyOutcome}`, ...hopLines(reply));
  return lines.map((line) => `${line}\n`).join('');
}

function hopLines(hops: readonly Hop[]): readonly string[] {
  let family: IpFamily = 4;
  let known: string | undefined;
  const lines: string[] = [];
  for (const { namespace, steps } of hops) {
    lines.push(namespace);
    for (const [index, step] of steps.entries()) {
      family = familyShown(step) ?? family;
      const { label, text, packet } = describeStep(step, family);
      // The packet is written out where it is new, not again and again.
      const news = packet === undefined || packet === known ? '' : `  ${packet}`;
      known = packet ?? known;
      // What a socket sends says itself which socket that is.
      const words = step.kind === 'send' ? (packet ?? text) : `${text}${news}`;
      const branch = index === steps.length - 1 ? '└─' : '├─';
      lines.push(`${branch} ${label.padEnd(LABEL_WIDTH)}  ${words}`.trimEnd());
    }
  }
  return lines;
}
