import type { DataPath } from '@podpath/cni';

/** Fewer than there are ephemeral ports: a port that comes round again belongs to a connection still remembered. */
const MOST_FLOWS = 20_000;
/** After which conntrack forgets a connection that was asked for, answered, and never used. */
const FORGOTTEN_AFTER_MS = 200_000;

/**
 * For subjects whose every flow must be new: called between runs, lets virtual time pass before source ports come
 * round again. Whatever has gone stale by then is found out anew outside the timing.
 */
export function keepFlowsNew(path: DataPath, run: () => number, flowsPerRun: number): () => void {
  let sent = 0;
  return () => {
    sent += flowsPerRun;
    if (sent + flowsPerRun <= MOST_FLOWS) return;
    path.advance(FORGOTTEN_AFTER_MS);
    run();
    sent = flowsPerRun;
  };
}
