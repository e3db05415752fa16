import type { Chart, Section, SeriesColour, Table } from '../document/document.ts';
import { bytes, compact, count, duration, spread } from '../document/numbers.ts';
import type { Measurement, SuiteResult, WorkloadResult } from '../results/results.ts';

/** A section for each suite: measured figures of the emulator, with a picture and the table behind it. */
export function measuredSection(suite: SuiteResult): Section {
  return {
    title: suite.title,
    blocks: [
      { kind: 'paragraph', text: suite.about },
      chart(suite),
      table(suite),
      { kind: 'list', items: [...suite.workloads.map(describe), ...skips(suite)] },
    ],
  };
}

const FORMATS = { rate: compact, duration, memory: bytes } as const;

const hasPeer = ({ measurements }: WorkloadResult): boolean =>
  measurements.some(({ role }) => role === 'peer');

function table(suite: SuiteResult): Table {
  const { quantity, measure, workloads, workloadTitle } = suite;
  const format = FORMATS[quantity];
  const compared = workloads.some(hasPeer);
  const timed = quantity === 'rate';
  return {
    kind: 'table',
    caption: `${suite.title}: ${measure}`,
    columns: [
      { title: workloadTitle },
      { title: 'Subject' },
      { title: measure, numeric: true },
      { title: 'Spread', numeric: true },
      ...(timed ? [{ title: 'Median', numeric: true }] : []),
      ...(quantity === 'memory' ? [] : [{ title: 'p99', numeric: true }]),
      ...(compared ? [{ title: 'Against the first peer', numeric: true }] : []),
      { title: 'Holds' },
    ],
    rows: workloads.flatMap((workload) => {
      const peer = workload.measurements.find((each) => each.role === 'peer');
      return workload.measurements.map((each) => [
        workload.name,
        each.subject,
        format(each.value),
        spread(each.runs, each.value),
        ...(timed ? [time(each.latency?.p50Ns)] : []),
        ...(quantity === 'memory' ? [] : [time(each.latency?.p99Ns)]),
        ...(compared ? [peer === undefined ? 'no peer' : ratio(suite, each, peer)] : []),
        Object.entries(each.holds)
          .map(([what, number]) => `${count(number)} ${what}`)
          .join(', '),
      ]);
    }),
  };
}

const time = (ns: number | undefined): string => (ns === undefined ? '' : duration(ns));

/** How many times better than the peer: of a duration and of bytes, less is better. */
function ratio({ quantity }: SuiteResult, each: Measurement, peer: Measurement): string {
  if (each === peer) return '1 ×';
  const times = each.value / peer.value;
  return `${compact(quantity === 'rate' ? times : 1 / times)} ×`;
}

function chart(suite: SuiteResult): Chart {
  const { title, measure, workloads, quantity } = suite;
  const subjects = new Map<string, Measurement['role']>();
  for (const workload of workloads) {
    for (const each of workload.measurements) subjects.set(each.subject, each.role);
  }
  return {
    kind: 'chart',
    title: `${title}: ${measure}`,
    categories: workloads.map((workload) => workload.name),
    valueTitle: measure,
    format: FORMATS[quantity],
    logarithmic: true,
    series: [...subjects].map(([subject, role], index) => ({
      name: subject,
      colour: colourOf(subject, role, index),
      values: workloads.map(
        (workload) => workload.measurements.find((each) => each.subject === subject)?.value,
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

const describe = ({ name, description }: WorkloadResult): string => `${name}: ${description}.`;

const skips = (suite: SuiteResult): readonly string[] =>
  suite.workloads.flatMap((workload) =>
    workload.skipped.map(
      (each) => `${workload.name}: ${each.subject} was not run: ${each.reason}.`,
    ),
  );
