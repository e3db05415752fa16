import type { Block, Chart, Section, SeriesColour } from '../document/document.ts';
import { compact, count, duration, spread } from '../document/numbers.ts';
import type { Measurement, SuiteResult } from '../results/results.ts';

/** A section for each suite: measured figures of the emulator, with a picture and the table behind it. */
export function speedSection(suite: SuiteResult): Section {
  return {
    title: suite.title,
    blocks: [{ kind: 'paragraph', text: suite.about }, chart(suite), table(suite), ...skips(suite)],
  };
}

function table(suite: SuiteResult): Block {
  return {
    kind: 'table',
    caption: `${suite.title}: ${suite.unit} a second`,
    columns: [
      { title: 'Cluster' },
      { title: 'Subject' },
      { title: `${suite.unit} a second`, numeric: true },
      { title: 'Spread', numeric: true },
      { title: 'Median', numeric: true },
      { title: 'p99', numeric: true },
      { title: 'Against the first peer', numeric: true },
      { title: 'Holds' },
    ],
    rows: suite.workloads.flatMap((workload) => {
      const peer = workload.measurements.find((each) => each.role === 'peer');
      return workload.measurements.map((each) => [
        workload.name,
        each.subject,
        compact(each.perSecond),
        spread(each.runs, each.perSecond),
        duration(each.p50Ns),
        duration(each.p99Ns),
        peer === undefined ? 'no peer' : ratio(each, peer),
        Object.entries(each.holds)
          .map(([what, number]) => `${count(number)} ${what}`)
          .join(', '),
      ]);
    }),
  };
}

const ratio = (each: Measurement, peer: Measurement): string =>
  each === peer ? '1 ×' : `${compact(each.perSecond / peer.perSecond)} ×`;

function chart(suite: SuiteResult): Chart {
  const subjects = new Map<string, Measurement['role']>();
  for (const workload of suite.workloads) {
    for (const each of workload.measurements) subjects.set(each.subject, each.role);
  }
  return {
    kind: 'chart',
    title: `${suite.title}: ${suite.unit} a second, by cluster size`,
    categories: suite.workloads.map((workload) => workload.name),
    valueTitle: `${suite.unit} a second`,
    logarithmic: true,
    series: [...subjects].map(([subject, role], index) => ({
      name: subject,
      colour: colourOf(subject, role, index),
      values: suite.workloads.map(
        (workload) => workload.measurements.find((each) => each.subject === subject)?.perSecond,
      ),
    })),
  };
}

/** A plugin has its own colour in every chart. */
function colourOf(subject: string, role: Measurement['role'], index: number): SeriesColour {
  if (role === 'own') return 'own';
  if (role === 'peer') return index % 2 === 0 ? 'peer-1' : 'peer-2';
  return (
    (['calico', 'flannel', 'weave'] as const).find((name) => subject.startsWith(name)) ?? 'own'
  );
}

const skips = (suite: SuiteResult): readonly Block[] => {
  const items = suite.workloads.flatMap((workload) =>
    workload.skipped.map((each) => `${workload.name}: ${each.subject} was not run: ${each.reason}`),
  );
  return items.length === 0 ? [] : [{ kind: 'list', items }];
};
