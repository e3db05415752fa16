import type { NetworkPlugin } from '../plugin.ts';
import type { CaseDefinition, ConformanceCase, ConformanceSkip, Subject } from './case.ts';
import { suiteCluster } from './cluster.ts';
import { configuration } from './configuration.ts';
import { connectivity } from './connectivity.ts';
import { ipv6 } from './ipv6.ts';
import { policy } from './policy.ts';
import { scale } from './scale.ts';
import { services } from './services.ts';

const DEFINITIONS: readonly CaseDefinition[] = [
  ...configuration,
  ...connectivity,
  ...services,
  ...policy,
  ...ipv6,
  ...scale,
];

/**
 * The suite's cases for a plugin. `skips` names what the plugin lacks, each with its reason; a skip of
 * an ability that no case has, or of `connectivity`, is refused, so that none outlives its cause.
 */
export function conformanceCases(
  plugin: NetworkPlugin,
  skips: readonly ConformanceSkip[] = [],
): readonly ConformanceCase[] {
  const reasons = new Map(skips.map((skip) => [skip.ability, skip.reason]));
  if (reasons.has('connectivity'))
    throw new Error(`${plugin.name}: connectivity cannot be skipped`);
  const subject: Subject = {
    plugin,
    dataPath: () => plugin.install(suiteCluster([4]), plugin.configure({})),
    dualStack: () => plugin.install(suiteCluster([4, 6]), plugin.configure({})),
  };
  return DEFINITIONS.map((definition) => {
    const skip = reasons.get(definition.ability);
    return {
      ability: definition.ability,
      name: definition.name,
      ...(skip === undefined ? {} : { skip }),
      run: () => definition.run(subject),
    };
  });
}
