import type { DataPath, NetworkPlugin } from '../plugin.ts';

/** What a case needs the plugin to be able to do. Every plugin can do `connectivity`. */
export type Ability = 'connectivity' | 'services' | 'policy' | 'ipv6' | 'scale' | 'configuration';

/** A case that a plugin does not take, and why: it shows in the output, never silently. */
export interface ConformanceSkip {
  readonly ability: Ability;
  readonly reason: string;
}

export interface ConformanceCase {
  readonly ability: Ability;
  /** A sentence: what holds. */
  readonly name: string;
  /** Set when the plugin declares that it lacks the ability. */
  readonly skip?: string;
  /** Throws an Error that says what was expected and what happened. */
  run(): void;
}

/** A case before it is bound to a plugin. */
export interface CaseDefinition {
  readonly ability: Ability;
  readonly name: string;
  run(subject: Subject): void;
}

/** The plugin under test with its default options. */
export interface Subject {
  readonly plugin: NetworkPlugin;
  /** The suite's IPv4 cluster under the plugin, fresh for each case. */
  dataPath(): DataPath;
  /** The same cluster with both families. */
  dualStack(): DataPath;
}
