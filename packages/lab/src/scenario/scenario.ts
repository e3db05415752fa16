import type { Command, Probe } from '@podpath/linux';
import type { ForgedFrame, Listener } from '../kernel/kernel-network.ts';
import type { FlowObservation } from '../observation.ts';
import type { NamespaceState } from '../state/namespace-state.ts';

/** A small network and what happens in it: the same for the kernel and for the emulator. */
export interface Scenario {
  readonly namespaces: readonly string[];
  readonly listeners: readonly Listener[];
  readonly steps: readonly ScenarioStep[];
}

export type ScenarioStep =
  | { readonly do: 'apply'; readonly namespace: string; readonly command: Command }
  | { readonly do: 'send'; readonly probe: Probe }
  | ForgeStep;

export type ForgeStep = { readonly do: 'forge' } & ForgedFrame;

/** What a scenario came to. */
export interface ScenarioResult {
  /** Commands that were refused, by the index of their step. */
  readonly refusals: readonly {
    readonly step: number;
    readonly errno?: string;
    readonly said: string;
  }[];
  /** One for each flow, by the index of its step. */
  readonly flows: readonly { readonly step: number; readonly observed: FlowObservation }[];
  readonly states: ReadonlyMap<string, NamespaceState>;
}
