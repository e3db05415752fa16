import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { Io } from '../io.ts';

/** Tells how far a long piece of work is. */
export type Report = (done: number, total: number, what?: string) => void;

/** How often a piece of work may say where it is: live lines are redrawn, others pile up. */
const INTERVAL_MS = { live: 100, lines: 5_000 } as const;

/**
 * Runs named pieces of work one after another and shows on standard error what is going on: live on a terminal, a line
 * now and then elsewhere, nothing where there is no stream to show it on.
 */
export async function withProgress(
  io: Io,
  tasks: readonly { readonly title: string; run(report: Report): Promise<void> }[],
): Promise<void> {
  const { progress } = io;
  const live = io.terminal.err;
  const list = new Listr(
    tasks.map(({ title, run }) => ({
      title,
      task: (_context: unknown, task: { output: string }) =>
        run(
          everySoOften(live ? INTERVAL_MS.live : INTERVAL_MS.lines, (text) => {
            task.output = text;
          }),
        ),
    })),
    {
      renderer: progress === undefined ? 'silent' : live ? 'default' : 'simple',
      rendererOptions:
        progress === undefined
          ? {}
          : {
              logger: new ListrLogger<never>({
                processOutput: new ProcessOutput(progress, progress),
              }),
            },
      registerSignalListeners: false,
    },
  );
  await list.run();
}

function everySoOften(intervalMs: number, show: (text: string) => void): Report {
  let last = Date.now();
  return (done, total, what) => {
    const now = Date.now();
    if (now - last < intervalMs) return;
    last = now;
    show(`${done} of ${total}${what === undefined ? '' : `: ${what}`}`);
  };
}
