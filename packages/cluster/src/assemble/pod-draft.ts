import type { Ip } from '@podpath/net';
import type { Labels, Pod, WorkloadRef } from '../objects.ts';
import type { PodSpec } from '../read/inventory.ts';
import type { SourceLocation } from '../source-location.ts';

/** A pod on its way to be one: node and addresses may still be missing. */
export interface PodDraft {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly spec: PodSpec;
  /** As in the input; empty where they have to be made up. */
  readonly ips: readonly Ip[];
  readonly phase: Pod['phase'];
  readonly ready: boolean;
  readonly owner: WorkloadRef;
  readonly source: SourceLocation | undefined;
  /** Set by placement. */
  node: string;
}

/** Whether a pod has ended for good: it keeps no address. */
export const hasFinished = ({ phase }: Pick<Pod, 'phase'>): boolean =>
  phase === 'Succeeded' || phase === 'Failed';

/** Whether a pod takes an address out of its node's pod network. */
export const needsAddress = (pod: PodDraft): boolean =>
  pod.ips.length === 0 && !pod.spec.hostNetwork && !hasFinished(pod);
