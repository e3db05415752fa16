import type { NftCommand, NftOperation } from '@podpath/linux';
import type { Scenario, ScenarioStep } from '../scenario/scenario.ts';
import { toJson } from '../scenario/scenario-json.ts';

/** Whether a scenario still shows what it is about. */
export type StillDiffers = (scenario: Scenario) => Promise<boolean>;

/**
 * Leaves out of a scenario whatever it can do without: steps, in ever smaller pieces, then parts of nft's transactions,
 * then namespaces and sockets that nothing speaks of. What comes out differs as the scenario did.
 */
export async function shrink(scenario: Scenario, differs: StillDiffers): Promise<Scenario> {
  const steps = await fewest(scenario.steps, (kept) => differs({ ...scenario, steps: kept }));
  let smallest: Scenario = { ...scenario, steps };
  for (const at of steps.keys()) {
    const step = smallest.steps[at];
    if (step?.do !== 'apply' || step.command.kind !== 'nft') continue;
    const withOperations = (operations: readonly NftOperation[]): Scenario =>
      withStep(smallest, at, { ...step, command: { kind: 'nft', operations } });
    const fewer = await shrinkTransaction(step.command, (operations) =>
      differs(withOperations(operations)),
    );
    smallest = withOperations(fewer);
  }
  const tidy = tidied(smallest);
  return (await differs(tidy)) ? tidy : smallest;
}

/** What is left of a list when all is gone that it can do without. */
async function fewest<T>(
  list: readonly T[],
  differs: (kept: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let smallest = list;
  for (let size = Math.ceil(list.length / 2); size >= 1; size = Math.floor(size / 2)) {
    // From the end: what comes last depends on what came before, not the other way round.
    for (let end = smallest.length; end > 0; end -= size) {
      const start = Math.max(0, end - size);
      const rest = smallest.filter((_, at) => at < start || at >= end);
      if (await differs(rest)) smallest = rest;
    }
  }
  return smallest;
}

/** A transaction with fewer operations, and rules with fewer statements. */
async function shrinkTransaction(
  { operations }: NftCommand,
  differs: (operations: readonly NftOperation[]) => Promise<boolean>,
): Promise<readonly NftOperation[]> {
  let smallest = await fewest(operations, differs);
  for (const at of smallest.keys()) {
    const operation = smallest[at];
    if (operation?.op !== 'add-rule' && operation?.op !== 'insert-rule') continue;
    const withStatements = (
      statements: typeof operation.rule.statements,
    ): readonly NftOperation[] =>
      smallest.with(at, { ...operation, rule: { ...operation.rule, statements } });
    const statements = await fewest(operation.rule.statements, async (kept) =>
      kept.length === 0 ? false : differs(withStatements(kept)),
    );
    smallest = withStatements(statements);
  }
  return smallest;
}

const withStep = (scenario: Scenario, at: number, step: ScenarioStep): Scenario => ({
  ...scenario,
  steps: scenario.steps.with(at, step),
});

/** Without the namespaces and sockets that no step has to do with. */
function tidied(scenario: Scenario): Scenario {
  const text = toJson(scenario.steps);
  const ports = new Set(
    scenario.steps.flatMap((step) => (step.do === 'send' ? [step.probe.port] : [])),
  );
  const namespaces = scenario.namespaces.filter((name) => text.includes(`"${name}"`));
  return {
    ...scenario,
    namespaces,
    listeners: scenario.listeners.filter(
      ({ namespace, port }) =>
        namespaces.includes(namespace) && (ports.has(port) || text.includes(String(port))),
    ),
  };
}
