import type { IpFamily } from '@podpath/net';
import type { Scenario } from '../scenario/scenario.ts';
import { flowsOf, listenersOf } from './flow-choices.ts';
import { addNetfilterChoices } from './netfilter-choices.ts';
import { Plan } from './plan.ts';
import { Random } from './random.ts';
import { addRoutingChoices } from './routing-choices.ts';
import { TOPOLOGIES } from './topologies.ts';

export interface Generated {
  readonly scenario: Scenario;
  readonly features: ReadonlySet<string>;
}

const FAMILIES: readonly (readonly [number, readonly IpFamily[]])[] = [
  [6, [4]],
  [2, [6]],
  [2, [4, 6]],
];

/**
 * A scenario drawn from a seed: the same seed, the same scenario. A wild one may have frames made by hand and routes with
 * several next hops.
 */
export function generate(seed: number, flows: number, wild = false): Generated {
  const random = new Random(seed);
  const plan = new Plan(random, random.weighted(FAMILIES), wild);
  const topology = random.weighted(TOPOLOGIES.map((each) => [each.weight, each] as const));
  plan.use(`topology ${topology.name}`);
  topology.build(plan);
  addRoutingChoices(plan);
  addNetfilterChoices(plan);
  // Everything is built before anything is sent, in the order in which tools take it in one go.
  const sends = flowsOf(plan, flows);
  return {
    scenario: {
      namespaces: plan.namespaces,
      listeners: listenersOf(plan.namespaces),
      steps: [...plan.steps, ...sends],
    },
    features: plan.features,
  };
}
