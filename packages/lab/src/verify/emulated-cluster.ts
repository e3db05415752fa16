import { CommandError, createNetwork, type Network } from '@podpath/linux';
import type { Refusal } from '../kernel/command-batches.ts';
import type { ClusterPlan } from './cluster-plan.ts';
import { SteeredDraws } from './steered-draws.ts';
import { TunnelPorts } from './tunnel-ports.ts';

/** No flow between a few namespaces takes as many, but for one whose frames multiply. */
const MAX_EVENTS = 50_000;

/** A planned cluster in an emulated network, whose draws can be steered. */
export interface EmulatedCluster {
  readonly network: Network;
  readonly draws: SteeredDraws;
  readonly tunnelPorts: TunnelPorts;
  readonly refusals: readonly Refusal[];
}

/** Carries a plan out, and goes on after a command that is refused, as a shell would. */
export function buildEmulated(plan: ClusterPlan, seed: number): EmulatedCluster {
  const draws = new SteeredDraws(plan.commands);
  const tunnelPorts = new TunnelPorts();
  const network = createNetwork({
    seed,
    draw: draws.next,
    tunnelSourcePort: tunnelPorts.of,
    maxEvents: MAX_EVENTS,
  });
  for (const name of plan.namespaces) network.addNamespace(name);
  const refusals: Refusal[] = [];
  for (const { index, namespace, command } of plan.commands) {
    try {
      network.apply({ namespace, commands: [command] });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      refusals.push({ index, errno: error.code, said: error.message });
    }
  }
  for (const { namespace, protocol, port } of plan.listeners) {
    network.listen(namespace, protocol, port);
  }
  return { network, draws, tunnelPorts, refusals };
}
