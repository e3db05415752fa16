import type { PacketTrace, Probe } from '@podpath/linux';
import { compareFrames } from '../compare/compare-frames.ts';
import type { Difference } from '../compare/difference.ts';
import { observationOf } from '../emulated-observation.ts';
import type { KernelNetwork } from '../kernel/kernel-network.ts';
import { type FlowObservation, heardText } from '../observation.ts';
import { alignFrames } from './align-frames.ts';
import type { ChosenRules } from './chosen-rule.ts';
import type { EmulatedCluster } from './emulated-cluster.ts';
import type { LabFlow } from './lab-flow.ts';
import { pathOf } from './path-of.ts';
import { isOfSharedBytes } from './shared-bytes.ts';
import type { SharedClock } from './shared-clock.ts';
import type { VerifiedFlow } from './verification.ts';

/** One cluster, built twice. */
export interface Lab {
  readonly kernel: KernelNetwork;
  readonly emulated: EmulatedCluster;
  readonly clock: SharedClock;
  readonly rules: ChosenRules;
  /** How long nothing may move before a flow is over. */
  readonly quietMs: number;
  /** The same for a flow that ends because a neighbour is silent. */
  readonly silentMs: number;
  /** Whether programs switch frames beside the kernel, at their own pace. */
  readonly hasPrograms: boolean;
}

/** A flow to try, its first packet, and what the data path says becomes of it. */
export interface Expected {
  readonly flow: LabFlow;
  readonly probe: Probe;
  readonly trace: PacketTrace;
}

/** Sends a flow through the real cluster, then through the emulated one with the kernel's draws, and compares. */
export async function tryFlow(
  { kernel, emulated, clock, rules, quietMs, silentMs, hasPrograms }: Lab,
  { flow, probe, trace }: Expected,
): Promise<VerifiedFlow> {
  const { network, draws, tunnelPorts } = emulated;
  const patience = waitsForNeighbour(trace) ? Math.max(quietMs, silentMs) : quietMs;
  const theirs = await kernel.send(probe, patience);
  clock.advanceTo(theirs.startedMs ?? 0);
  const chain = draws.choosing(trace.request);
  const chosen = chain === undefined ? undefined : { chain, rule: await rules.look(chain) };
  tunnelPorts.learn(theirs.frames);
  draws.follow(chosen, probe.sourcePort ?? 0, theirs.frames);
  const ours = observationOf(network.send(probe, { capture: true }), probe);
  draws.forget();
  return {
    ...flow,
    outcome: { kernel: heardText(theirs.events), emulated: heardText(ours.events) },
    path: pathOf(theirs.frames),
    comparedBytes: theirs.frames.reduce((sum, { bytes }) => sum + bytes.length, 0),
    differences: compareFlow(theirs, ours, hasPrograms).filter(
      (each) => !isOfSharedBytes(each, network),
    ),
  };
}

/** Whether a packet, or its answer, comes to its end only when a neighbour has not answered. */
const waitsForNeighbour = ({ request, reply = [] }: PacketTrace): boolean =>
  [request.at(-1), reply.at(-1)].some((hop) => {
    const last = hop?.steps.at(-1);
    return last?.kind === 'end' && last.reason.startsWith('no neighbour');
  });

/** With programs, devices that are passed at the same time come in any order. */
function compareFlow(
  theirs: FlowObservation,
  ours: FlowObservation,
  hasPrograms: boolean,
): readonly Difference[] {
  const what = 'what the socket heard';
  const heard = { what, kernel: heardText(theirs.events), emulated: heardText(ours.events) };
  const way = ({ frames }: FlowObservation) => {
    const path = pathOf(frames);
    return (hasPrograms ? [...path].sort() : path).join(' → ') || 'nowhere';
  };
  const paths = { what: 'the path', kernel: way(theirs), emulated: way(ours) };
  const frames = hasPrograms ? alignFrames(theirs.frames, ours.frames) : theirs.frames;
  return [
    ...[heard, paths].filter(({ kernel, emulated }) => kernel !== emulated),
    ...compareFrames(frames, ours.frames),
  ];
}
