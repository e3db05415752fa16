import type { DataPath } from '@podpath/cni';
import type { KernelNetwork } from '../kernel/kernel-network.ts';
import { NEIGHBOUR_RETRY_MS } from '../kernel/quiet.ts';
import { buildReal } from './built-cluster.ts';
import { ChosenRules } from './chosen-rule.ts';
import { planCluster } from './cluster-plan.ts';
import { compareRefusals } from './compare-refusals.ts';
import { compareTables } from './compare-tables.ts';
import { withDrawnMacs } from './drawn-macs.ts';
import { buildEmulated } from './emulated-cluster.ts';
import type { KernelReport } from './kernel-features.ts';
import { type LabFlow, probeOf } from './lab-flow.ts';
import { mutedErrors } from './muted-errors.ts';
import { neighbourLimit, neighboursKnown } from './neighbour-limit.ts';
import { SharedClock } from './shared-clock.ts';
import { stillConnections } from './still-connections.ts';
import { stillNeighbours } from './still-neighbours.ts';
import { type Expected, type Lab, tryFlow } from './try-flow.ts';
import { userSpaceOf } from './user-space.ts';
import { differencesOf, type PluginVerification, type VerifiedFlow } from './verification.ts';
import { wishesOf } from './wishes-of.ts';

export interface VerifyPluginOptions {
  readonly title: string;
  readonly kernel: KernelReport;
  readonly flows: readonly LabFlow[];
  /** Of what the emulated network draws. Default 1. */
  readonly seed?: number;
  /** Flows that have not begun so long after the first are left out. */
  readonly limitMs?: number;
  readonly onProgress?: (done: number, total: number, what: string) => void;
}

/** How long nothing may move before a flow is over: on a machine that is not busy, and on one that is. */
const QUIET_MS = 6;
const PATIENT_QUIET_MS = 60;
/**
 * How long a neighbour has to answer, of three times; longer where user-space programs carry question and answer, but
 * given up before TCP sends its first segment again.
 */
const RETRY_MS = NEIGHBOUR_RETRY_MS;
const SLOW_RETRY_MS = 250;

/**
 * Builds one plugin's cluster emulated and in real namespaces from the same commands, sends the flows through both, and
 * compares. What differs is tried once more, with patience: only what differs then counts. Throws LabError when the
 * lab fails.
 */
export async function verifyPlugin(
  network: KernelNetwork,
  path: DataPath,
  options: VerifyPluginOptions,
): Promise<PluginVerification> {
  const all = options.flows.map((flow, number): Expected => {
    const probe = probeOf(path, flow.flow, number);
    const asked = { ...flow.flow, sourcePort: probe.sourcePort ?? 0 };
    return { flow, probe, trace: path.send(asked).packet };
  });
  const muted = mutedErrors(all.map(({ trace }) => trace));
  const expected = all.filter((_, at) => !muted.has(at));
  const swift = await once(network, path, options, expected, QUIET_MS);
  const verified =
    differencesOf(swift).length === 0 || swift.refusals.length > 0
      ? swift
      : await once(network, path, options, expected, PATIENT_QUIET_MS);
  return { ...verified, leftOut: [...mutedText(muted.size), ...verified.leftOut] };
}

const mutedText = (count: number): readonly string[] =>
  count === 0
    ? []
    : [`${count} flows end in routing errors, of which kernels tell only a few in a row: not sent`];

async function once(
  network: KernelNetwork,
  path: DataPath,
  { title, kernel, seed = 1, limitMs = Number.POSITIVE_INFINITY, onProgress }: VerifyPluginOptions,
  expected: readonly Expected[],
  quietMs: number,
): Promise<PluginVerification> {
  const plan = planCluster(path, kernel);
  const wishes = wishesOf(plan);
  const emulated = buildEmulated(plan, seed);
  const programs = userSpaceOf(path);
  const retryMs = programs.length === 0 ? RETRY_MS : SLOW_RETRY_MS;
  const still = [
    ...stillNeighbours(emulated.network, retryMs),
    ...stillConnections(plan.namespaces),
  ];
  const commands = withDrawnMacs(plan.commands, emulated.network);
  const about = {
    plugin: path.plugin,
    title,
    built: { namespaces: plan.namespaces.length, commands: commands.length },
  };
  try {
    onProgress?.(0, expected.length, 'building');
    const refused = await buildReal(network, plan, commands, still, wishes);
    const refusals = compareRefusals(commands, refused, emulated.refusals);
    if (refusals.length > 0) return { ...about, refusals, ...NOTHING_TRIED };
    for (const { namespace, command } of still) {
      emulated.network.apply({ namespace, commands: [command] });
    }
    await network.attachPrograms(programs);
    for (const { namespace, program } of userSpaceOf(path)) {
      emulated.network.attachProgram(namespace, program);
    }
    const lab: Lab = {
      kernel: network,
      emulated,
      clock: new SharedClock(emulated.network),
      rules: new ChosenRules(network),
      quietMs,
      silentMs: retryMs * 3 + PATIENT_QUIET_MS,
      hasPrograms: programs.length > 0,
    };
    const flows: VerifiedFlow[] = [];
    const startedMs = performance.now();
    const mostNeighbours = neighbourLimit();
    let stopped = '';
    for (const each of expected) {
      if (performance.now() - startedMs > limitMs) stopped = `${limitMs / 1000} seconds were over`;
      else if (neighboursKnown(emulated.network) > mostNeighbours) stopped = NEIGHBOURS_FULL;
      if (stopped !== '') break;
      flows.push(await tryFlow(lab, each));
      onProgress?.(flows.length, expected.length, 'sending');
    }
    const tables = await compareTables(network, emulated.network, wishes);
    const left = expected.length - flows.length;
    const leftOut = left === 0 ? [] : [`${left} flows were not tried: ${stopped}`];
    return { ...about, refusals, flows, ...tables, leftOut };
  } finally {
    await network.reset();
  }
}

const NEIGHBOURS_FULL =
  'the kernel would begin to forget neighbours (net.ipv4.neigh.default.gc_thresh2)';

const NOTHING_TRIED = {
  flows: [],
  tables: [],
  rules: { compared: 0, hit: 0 },
  leftOut: ['nothing was sent: the two networks are not built alike'],
} as const;
