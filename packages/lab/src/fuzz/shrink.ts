import type { Difference } from '../compare/difference.ts';
import type { Scenario, ScenarioStep } from '../scenario/scenario.ts';

/** Which kind of thing differs: the same for a scenario and for what is left of it. */
export function kindOf({ what, kernel, emulated }: Difference): string {
  const kind = what
    .replace(/^step \d+: /, '')
    .replace(/frame \d+ (in|out) \S+ \S+/, 'frame')
    .replace(/ of \S+$/, '');
  if (kind === 'the socket heard') return `${kind}: ${rough(kernel)}, not ${rough(emulated)}`;
  if (kind.endsWith('tables')) return `${kind}: ${/-A .*?(?= \||$)/.exec(kernel)?.[0]}`;
  if (kind !== 'frame') return kind;
  const missing = emulated === 'absent' ? kernel : emulated;
  const type = /arp|icmp\.type=\d+|tcp|udp/.exec(missing)?.[0] ?? 'other';
  return `frame ${emulated === 'absent' ? 'not made' : 'made up'}: ${type}`;
}

/** Without addresses and sizes, which a smaller scenario may not share. */
const rough = (heard: string): string =>
  heard.replaceAll(/ from \S+/g, '').replaceAll(/answer of \d+ bytes/g, 'answer');

/** Whether a scenario still shows what it is about. */
export type StillDiffers = (scenario: Scenario) => Promise<boolean>;

/**
 * Leaves out of a scenario whatever it can do without: steps, in ever smaller pieces, then namespaces and
 * sockets that nothing speaks of. What comes out differs as the scenario did.
 */
export async function shrink(scenario: Scenario, differs: StillDiffers): Promise<Scenario> {
  let smallest = scenario;
  const without = (steps: readonly ScenarioStep[]): Scenario => ({ ...smallest, steps });
  for (let size = Math.ceil(smallest.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    // From the end: what comes last depends on what came before, not the other way round.
    for (let end = smallest.steps.length; end > 0; end -= size) {
      const start = Math.max(0, end - size);
      const rest = smallest.steps.filter((_, at) => at < start || at >= end);
      if (await differs(without(rest))) smallest = without(rest);
    }
  }
  const tidy = tidied(smallest);
  return (await differs(tidy)) ? tidy : smallest;
}

/** Without the namespaces and sockets that no step has to do with. */
function tidied(scenario: Scenario): Scenario {
  const text = JSON.stringify(scenario.steps, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  const ports = new Set(
    scenario.steps.flatMap((step) => (step.do === 'send' ? [step.probe.port] : [])),
  );
  const namespaces = scenario.namespaces.filter((name) => text.includes(`"${name}"`));
  return {
    ...scenario,
    namespaces,
    listeners: scenario.listeners.filter(
      ({ namespace, port }) =>
        namespaces.includes(namespace) && (ports.has(port) || /"port":/.test(text)),
    ),
  };
}
