import type { Section } from '../document/document.ts';
import { count } from '../document/numbers.ts';
import type { BenchmarkResults } from '../results/results.ts';

/** How the figures came about, on what, and what they do not say. */
export function methodSection(results: BenchmarkResults): Section {
  const { machine } = results;
  const packages = Object.entries(results.packages).map(([name, version]) => `${name} ${version}`);
  return {
    title: 'How it was measured',
    blocks: [
      {
        kind: 'list',
        items: [
          `On ${machine.cpu}, ${machine.cores} cores, ${count(Math.round(machine.memoryBytes / 2 ** 30))} GiB, ${machine.platform}, kernel ${machine.kernel}; Node ${results.node}; ${packages.join(', ')}; started ${results.startedAt}.`,
          results.quick
            ? 'A quick run: one short process for each subject and no spread. Good for orders of magnitude; `podpath bench` without --quick measures properly.'
            : 'Three processes for each subject, in alternating order; the figures are medians over them, and the spread is half the distance between the fastest and the slowest.',
          'Every subject’s answers are compared with an oracle’s before it is timed.',
          'Speeds are the emulator’s, not the kernel’s: a real node forwards in the kernel. Counts of routes, rules, set members and bytes are structural and carry over.',
        ],
      },
    ],
  };
}
