import { Listr } from 'listr2';
import type { Io } from '../io.ts';

/** Tells how far a long piece of work is. */
export type Report = (done: number, total: number, what?: string) => void;

/**
 * Runs named pieces of work one after another and shows on standard error what is going on: live on a terminal, a line
 * each elsewhere.
 */
export async function withProgress(
  io: Io,
  tasks: readonly { readonly title: string; run(report: Report): Promise<void> | void }[],
): Promise<void> {
  const list = new Listr(
    tasks.map(({ title, run }) => ({
      title,
      task: async (_context: unknown, task: { output: string; title: string }) => {
        let shown = -1;
        await run((done, total, what) => {
          const percent = Math.floor((done / Math.max(1, total)) * 100);
          if (percent === shown && what === undefined) return;
          shown = percent;
          task.output = `${done} of ${total}${what === undefined ? '' : `: ${what}`}`;
        });
      },
    })),
    {
      renderer: io.terminal.err ? 'default' : 'simple',
      registerSignalListeners: false,
    },
  );
  await list.run();
}
