import type { Difference } from '../compare/difference.ts';
import type { KernelReport } from './kernel-features.ts';
import type { FlowKind, LabFlow } from './lab-flow.ts';

/** What one flow came to in the kernel and in the emulator. */
export interface VerifiedFlow extends LabFlow {
  readonly kind: FlowKind;
  /** What the socket was told: `answer of 0 bytes`, `reset`, `ICMP 3/3 from 10.0.0.1`, `nothing`. */
  readonly outcome: { readonly kernel: string; readonly emulated: string };
  /** The devices that its packets passed in the kernel, in order, there and back. */
  readonly path: readonly string[];
  /** Bytes of frames that were compared, over all devices. */
  readonly comparedBytes: number;
  readonly differences: readonly Difference[];
}

/** What one plugin came to. */
export interface PluginVerification {
  readonly plugin: string;
  readonly title: string;
  /** Namespaces and commands that the kernel was given. */
  readonly built: { readonly namespaces: number; readonly commands: number };
  /** Commands that one of the two takes and the other does not. Where there are any, nothing else is tried. */
  readonly refusals: readonly Difference[];
  readonly flows: readonly VerifiedFlow[];
  /** Rules with their counters, sets, connections, neighbours, FDB, routes, addresses and devices after all flows. */
  readonly tables: readonly Difference[];
  /** How many rules' counters were compared, and how many of them had counted something. */
  readonly rules: { readonly compared: number; readonly hit: number };
  /** What was not compared, and why, in sentences. */
  readonly leftOut: readonly string[];
}

/** What a cluster came to under each plugin. Plain data. */
export interface Verification {
  readonly schema: 'podpath-verification/1';
  readonly seed: number;
  /** Of this machine, with what it lacks and what stands in. */
  readonly kernel: KernelReport;
  /** What was built. */
  readonly cluster: {
    readonly nodes: number;
    readonly pods: number;
    readonly services: number;
    readonly networkPolicies: number;
  };
  /** What of the input was not built, in sentences. */
  readonly leftOut: readonly string[];
  readonly plugins: readonly PluginVerification[];
  /** Plugins that need something that this kernel lacks. */
  readonly notVerified: readonly {
    readonly plugin: string;
    readonly title: string;
    readonly reason: string;
  }[];
}

/** Everything that the two do not agree on. */
export const differencesOf = ({
  refusals,
  flows,
  tables,
}: PluginVerification): readonly Difference[] => [
  ...refusals,
  ...flows.flatMap(({ differences }) => differences),
  ...tables,
];
