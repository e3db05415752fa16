import type { PlacedCommand } from '../kernel/command-batches.ts';
import type { KernelNetwork } from '../kernel/kernel-network.ts';
import { readKernelStates } from '../state/read-kernel-state.ts';
import type { Scenario, ScenarioResult } from './scenario.ts';
import { wishesOf } from './state-wishes.ts';

/** How long nothing may move before a flow counts as over. */
export interface Patience {
  readonly quietMs: number;
  /** By when IPv6 hosts have said what they say when their devices come up. */
  readonly helloMs: number;
  /** By the index of a flow's step, where it takes longer: a neighbour has to be given up. */
  readonly longer?: ReadonlyMap<number, number>;
}

/** Rules that would count what hosts say of their own accord, maybe through a tunnel. */
const isCounted = ({ command }: PlacedCommand): boolean =>
  command.kind === 'iptables' || command.kind === 'nft';

/** What IPv6 hosts say goes through tunnels too, whose ends then know each other before anything is sent. */
const makesTunnel = ({ command }: PlacedCommand): boolean =>
  command.kind === 'link-add' && command.type === 'vxlan';

const isNeighbour = ({ command }: PlacedCommand): boolean =>
  command.kind === 'neighbour-replace' && command.state === 'reachable';

/** The kernel takes its time to notice that a link has gone, and may miss it altogether when it comes back. */
const unsettles = ({ command }: PlacedCommand): boolean =>
  command.kind === 'link-delete' || (command.kind === 'link-set' && command.up === false);

/** Commands in runs behind each of which the network may come to rest. */
function partsOf(commands: readonly PlacedCommand[]): readonly (readonly PlacedCommand[])[] {
  const parts: PlacedCommand[][] = [[]];
  let counting = false;
  for (const placed of commands) {
    const startsCounting: boolean = !counting && isCounted(placed);
    counting ||= startsCounting;
    if (startsCounting || unsettles(placed)) parts.push([]);
    parts.at(-1)?.push(placed);
    if (unsettles(placed)) parts.push([]);
  }
  return parts.filter((part) => part.length > 0);
}

/** Plays a scenario in real namespaces, which it makes and takes down. */
export async function runKernel(
  network: KernelNetwork,
  scenario: Scenario,
  patience: Patience,
): Promise<ScenarioResult> {
  const refusals: ScenarioResult['refusals'][number][] = [];
  const flows: ScenarioResult['flows'][number][] = [];
  const speaksIpv6 = wishesOf(scenario).some(({ ipv6 }) => ipv6);
  let pending: PlacedCommand[] = [];
  const applyPending = async (): Promise<void> => {
    const commands = pending;
    pending = [];
    for (const part of partsOf(commands)) {
      for (const { index, ...refused } of await network.apply(part)) {
        refusals.push({ step: index, ...refused });
      }
      const devices = part.some(({ command }) => command.kind.startsWith('link-'));
      // Twice: what one device's link does to another shows in a second look.
      for (let look = 0; devices && look < 2; look++) await network.settle(scenario.namespaces);
      const pause = devices && speaksIpv6 ? patience.helloMs : 0;
      if (pause > 0) await network.wait(pause);
      if (pause > 0 && part.some(makesTunnel)) {
        await network.forgetNeighbours(scenario.namespaces);
        // What was forgotten although a command had put it there.
        await network.apply(part.filter(isNeighbour));
      }
    }
  };
  try {
    await network.open(scenario.namespaces);
    await network.listen(scenario.listeners);
    for (const [index, step] of scenario.steps.entries()) {
      if (step.do === 'apply') {
        pending.push({ index, namespace: step.namespace, command: step.command });
        continue;
      }
      await applyPending();
      const quietMs = patience.longer?.get(index) ?? patience.quietMs;
      const observed =
        step.do === 'send'
          ? await network.send(step.probe, quietMs)
          : await network.forge(step, quietMs);
      flows.push({ step: index, observed });
    }
    await applyPending();
    const states = await readKernelStates(network, wishesOf(scenario));
    return { refusals: refusals.sort((a, b) => a.step - b.step), flows, states };
  } finally {
    await network.reset();
  }
}
