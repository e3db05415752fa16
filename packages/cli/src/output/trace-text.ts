import { formatFlowEnd } from '@podpath/cluster';
import type { Trace } from '@podpath/cni';
import { formatTrace } from '@podpath/linux';
import { formatVerdict, type Verdict } from '@podpath/policy';

/** A trace for people: what was asked, what policy says, the way, and how it ended. */
export function traceText(title: string, trace: Trace, verdict: Verdict | undefined): string {
  const { flow } = trace;
  const port = flow.protocol === 'ICMP' ? '' : ` ${flow.port}`;
  const lines = [
    `${title}: ${formatFlowEnd(flow.from)} → ${formatFlowEnd(flow.to)} ${flow.protocol}${port}: ${trace.outcome}`,
    `  ${trace.reason}`,
  ];
  if (verdict !== undefined) lines.push(indent(formatVerdict(verdict)));
  lines.push('', formatTrace(trace.packet).trimEnd(), '');
  return `${lines.join('\n')}\n`;
}

const indent = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
