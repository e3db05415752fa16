import type { FlowProtocol } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import type { PolicyEnd, PolicyFlow, Verdict } from '@podpath/policy';
import type { Assertions } from './vectors.ts';

/** `.` allowed; denied by `I`ngress, `E`gress, `B`oth, or `X`, which does not say by which. */
export type Answer = '.' | 'I' | 'E' | 'B' | 'X';

/** One thing that a vector asserts. */
export interface Question {
  readonly flow: PolicyFlow & { readonly protocol: FlowProtocol };
  readonly expected: Answer;
  /** `x/a -> y/b TCP/80`, for people. */
  readonly text: string;
}

/** Every pair and port that the tables and probes assert; `-` asserts nothing. */
export function* questionsOf({ expect, probes }: Assertions): Generator<Question> {
  for (const { pods, ports, rows, family } of expect) {
    for (const [i, from] of pods.entries()) {
      for (const [j, to] of pods.entries()) {
        const expected = rows[i]?.[j];
        if (!isAnswer(expected)) continue;
        for (const port of ports) yield question({ from, to, family, ...port }, expected);
      }
    }
  }
  for (const probe of probes) yield question(probe, probe.allowed ? '.' : 'X');
}

const isAnswer = (char: string | undefined): char is Answer =>
  char !== undefined && '.IEBX'.includes(char);

const question = (
  asked: Omit<Assertions['probes'][number], 'allowed'>,
  expected: Answer,
): Question => {
  const { from, to, port, protocol, family } = asked;
  return {
    flow: {
      from: endOf(from),
      to: endOf(to),
      port,
      protocol,
      ...(family === undefined ? {} : { family }),
    },
    expected,
    text: `${from} -> ${to} ${protocol}/${port}${family === undefined ? '' : ` IPv${family}`}`,
  };
};

/** `ns/pod`, `ip:ADDRESS` or `node:NAME`. */
const endOf = (text: string): PolicyEnd => {
  if (text.startsWith('ip:')) return { kind: 'address', address: parseIp(text.slice(3)) };
  if (text.startsWith('node:')) return { kind: 'node', name: text.slice(5) };
  const [namespace = '', name = ''] = text.split('/');
  return { kind: 'pod', namespace, name };
};

/** A verdict in the vectors' letters. */
export const answerOf = ({ egress, ingress }: Verdict): Answer => {
  if (egress.allowed) return ingress.allowed ? '.' : 'I';
  return ingress.allowed ? 'E' : 'B';
};

/** Whether an answer is what was expected: `X` is any denial. */
export const agrees = (expected: Answer, got: Answer): boolean =>
  expected === got || (expected === 'X' && got !== '.') || (got === 'X' && expected !== '.');
