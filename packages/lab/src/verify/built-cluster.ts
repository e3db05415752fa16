import type { PlacedCommand, Refusal } from '../kernel/command-batches.ts';
import type { KernelNetwork } from '../kernel/kernel-network.ts';
import type { NamespaceState, StateWish } from '../state/namespace-state.ts';
import type { ClusterPlan } from './cluster-plan.ts';

/** By when hosts have said what they say when their devices come up. */
const HELLO_MS = 300;

const TABLES = ['raw', 'mangle', 'nat', 'filter', 'security'];

/** Builds a plan in real namespaces: quiet, with nothing counted and no neighbour known. */
export async function buildReal(
  kernel: KernelNetwork,
  plan: ClusterPlan,
  commands: readonly PlacedCommand[],
  still: readonly PlacedCommand[],
  wishes: readonly StateWish[],
): Promise<readonly Refusal[]> {
  await kernel.open(plan.namespaces);
  const refusals = await kernel.apply(commands);
  await kernel.listen(plan.listeners);
  // Twice: what one device's link does to another shows in a second look.
  for (let look = 0; look < 2; look++) await kernel.settle(plan.namespaces);
  await kernel.apply(still);
  await kernel.wait(HELLO_MS);
  await kernel.forgetNeighbours(plan.namespaces);
  await kernel.read(wishes.flatMap(countersToZero));
  return refusals;
}

/** Makes rules forget what hosts have said while the cluster was being built, which they say over IPv6. */
const countersToZero = ({ namespace, ip6tables }: StateWish) =>
  ip6tables
    ? [
        {
          namespace,
          argv: ['sh', '-c', TABLES.map((table) => `ip6tables -t ${table} -Z`).join(' && ')],
        },
      ]
    : [];

/** A state of either network without what zeroing has done to the counters of policies. */
export const withoutZeroed = (state: NamespaceState): NamespaceState => ({
  ...state,
  ip6tables: state.ip6tables.map((line) => line.replace(/^(:\S+ \S+) \[.*$/, '$1')),
});
