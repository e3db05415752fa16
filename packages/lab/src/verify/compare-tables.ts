import type { Network } from '@podpath/linux';
import type { KernelNetwork } from '../kernel/kernel-network.ts';
import { compareStates } from '../state/compare-states.ts';
import { emulatedState } from '../state/emulated-state.ts';
import type { StateWish } from '../state/namespace-state.ts';
import { readKernelStates } from '../state/read-kernel-state.ts';
import { withoutZeroed } from './built-cluster.ts';
import type { PluginVerification } from './verification.ts';

/** Reads every table of both networks and compares them: counters, sets, connections, neighbours, FDB, routes, devices. */
export async function compareTables(
  kernel: KernelNetwork,
  network: Network,
  wishes: readonly StateWish[],
): Promise<Pick<PluginVerification, 'tables' | 'rules'>> {
  const states = await readKernelStates(kernel, wishes);
  const rules = [...states.values()]
    .flatMap(({ iptables, ip6tables }) => [...iptables, ...ip6tables])
    .filter((line) => line.startsWith('['));
  return {
    tables: wishes.flatMap((wish) => {
      const theirs = states.get(wish.namespace);
      if (theirs === undefined) return [];
      const ours = withoutZeroed(emulatedState(network, wish));
      return compareStates(wish.namespace, withoutZeroed(theirs), ours);
    }),
    rules: {
      compared: rules.length,
      hit: rules.filter((line) => !line.startsWith('[0:0]')).length,
    },
  };
}
