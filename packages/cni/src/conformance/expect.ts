import { formatFlowEnd } from '@podpath/cluster';
import type { Outcome } from '@podpath/linux';
import type { Trace } from '../plugin.ts';

/** Fails the case with both values in the message. */
export function equal<T>(actual: T, expected: T, what: string): void {
  if (!Object.is(actual, expected)) {
    throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`);
  }
}

export function truthy(value: boolean, what: string): void {
  if (!value) throw new Error(what);
}

/** The flow ended as expected; the message carries the emulator's own reason. */
export function ended(trace: Trace, ...outcomes: readonly Outcome[]): void {
  if (!outcomes.includes(trace.outcome)) {
    throw new Error(
      `${describe(trace)}: expected ${outcomes.join(' or ')}, got ${trace.outcome}: ${trace.reason}`,
    );
  }
}

/** Delivered, and the asker got its answer. */
export function answered(trace: Trace): void {
  ended(trace, 'delivered');
  equal(trace.packet.replyOutcome, 'delivered', `${describe(trace)}: the answer's outcome`);
}

const describe = ({ flow }: Trace): string =>
  `${formatFlowEnd(flow.from)} to ${formatFlowEnd(flow.to)} ${flow.protocol} ${flow.port}`;
