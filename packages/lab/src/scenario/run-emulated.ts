import { CommandError, createNetwork, type Network, type PacketTrace } from '@podpath/linux';
import { decodeFrame } from '@podpath/net';
import { observationOf } from '../emulated-observation.ts';
import { SWIFT_NEIGHBOURS } from '../kernel/quiet.ts';
import { emulatedState } from '../state/emulated-state.ts';
import type { ForgeStep, Scenario, ScenarioResult } from './scenario.ts';
import { wishesOf } from './state-wishes.ts';

export interface EmulatedResult extends ScenarioResult {
  /** Of each flow, in order, with the virtual time that it took. */
  readonly traces: readonly { readonly trace: PacketTrace; readonly tookMs: number }[];
}

/** No flow of a few namespaces takes as many, but for one whose frames multiply. */
const MAX_EVENTS = 5000;

/** When flows began, by the index of their step, on any clock. */
export type Starts = ReadonlyMap<number, number>;

/**
 * Plays a scenario in the emulator; with as much time between flows as there was in the kernel, where that is known. The
 * seed is that of all draws.
 */
export function runEmulated(
  scenario: Scenario,
  starts: Starts = new Map(),
  seed = 1,
): EmulatedResult {
  const network = createNetwork({ seed, maxEvents: MAX_EVENTS });
  let first: number | undefined;
  const refusals: ScenarioResult['refusals'][number][] = [];
  const flows: ScenarioResult['flows'][number][] = [];
  const traces: EmulatedResult['traces'][number][] = [];
  for (const name of scenario.namespaces) network.addNamespace(name);
  for (const { namespace, protocol, port } of scenario.listeners) {
    network.listen(namespace, protocol, port);
  }
  for (const [index, step] of scenario.steps.entries()) {
    if (step.do !== 'apply') {
      if (scenario.steps[index - 1]?.do === 'apply') hastenNeighbours(network, scenario.namespaces);
      const start = starts.get(index) ?? 0;
      first ??= start - network.nowMs;
      network.advance(Math.max(0, start - first - network.nowMs));
      const before = network.nowMs;
      const trace =
        step.do === 'send' ? network.send(step.probe, { capture: true }) : forge(network, step);
      const probe = step.do === 'send' ? step.probe : undefined;
      flows.push({ step: index, observed: observationOf(trace, probe) });
      traces.push({ trace, tookMs: network.nowMs - before });
      continue;
    }
    try {
      network.apply({ namespace: step.namespace, commands: [step.command] });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      refusals.push({ step: index, errno: error.code, said: error.message });
    }
  }
  const states = wishesOf(scenario).map(
    (wish) => [wish.namespace, emulatedState(network, wish)] as const,
  );
  return { refusals, flows, traces, states: new Map(states) };
}

function forge(network: Network, { namespace, device, hex }: ForgeStep): PacketTrace {
  const devices = network.namespace(namespace).devices();
  // A socket cannot be bound to a device that is gone.
  if (!devices.some(({ name, up }) => name === device && up)) return NOTHING_SENT;
  const frame = decodeFrame(Uint8Array.from(Buffer.from(hex, 'hex')));
  return network.transmit(namespace, device, frame, { capture: true });
}

const NOTHING_SENT: PacketTrace = {
  outcome: 'dropped',
  reason: 'the device is not there',
  request: [],
  captures: [],
};

/** What is set for the kernel's devices, so that the two clocks go at the same pace. */
function hastenNeighbours(network: Network, namespaces: readonly string[]): void {
  for (const namespace of namespaces) {
    const commands = network
      .namespace(namespace)
      .devices()
      .filter(({ type }) => type !== 'lo')
      .flatMap(({ name }) =>
        (['ipv4', 'ipv6'] as const).flatMap((family) =>
          Object.entries(SWIFT_NEIGHBOURS).map(([setting, value]) => ({
            kind: 'sysctl' as const,
            key: `net.${family}.neigh.${name}.${setting}`,
            value: Number(value),
          })),
        ),
      );
    network.apply({ namespace, commands });
  }
}
