import type { PacketTrace } from '@podpath/linux';

/** Routing failures in a row that a kernel tells of (`ip_rt_error_burst`); each namespace has its own account. */
const MOST_ROUTE_ERRORS = 4;

/** Which of the expected traces, by their place, end in a routing failure that the kernel would keep to itself. */
export function mutedErrors(traces: readonly PacketTrace[]): ReadonlySet<number> {
  const errors = new Map<string, number>();
  const muted = new Set<number>();
  for (const [at, trace] of traces.entries()) {
    for (const hop of [trace.request.at(-1), trace.reply?.at(-1)]) {
      const last = hop?.steps.at(-1);
      if (hop === undefined || last?.kind !== 'end' || last.outcome !== 'unreachable') continue;
      const count = (errors.get(hop.namespace) ?? 0) + 1;
      errors.set(hop.namespace, count);
      if (count > MOST_ROUTE_ERRORS) muted.add(at);
    }
  }
  return muted;
}
