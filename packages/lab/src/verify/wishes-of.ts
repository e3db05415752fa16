import type { ScenarioStep } from '../scenario/scenario.ts';
import { wishesOf as wishesOfScenario } from '../scenario/state-wishes.ts';
import type { StateWish } from '../state/namespace-state.ts';
import type { ClusterPlan } from './cluster-plan.ts';

/** What to ask each namespace of a plan for. */
export function wishesOf({ namespaces, commands, listeners }: ClusterPlan): readonly StateWish[] {
  const steps = commands.map(
    ({ namespace, command }): ScenarioStep => ({ do: 'apply', namespace, command }),
  );
  return wishesOfScenario({ namespaces, listeners, steps });
}
