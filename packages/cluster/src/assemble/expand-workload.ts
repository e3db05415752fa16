import type { Labels, WorkloadRef } from '../objects.ts';
import { NameGenerator, pseudoRandomSuffix, pseudoTemplateHash } from '../pseudo-random-name.ts';
import type { Workload } from '../read/inventory.ts';
import type { PodDraft } from './pod-draft.ts';

/**
 * The pods that a workload's controllers would make, with the names they would have, except that the
 * random parts follow from the workload's name: the same input has the same pods, and adding a
 * workload renames nothing. A DaemonSet's pods go onto `daemonNodes`, one each.
 */
export function* expandWorkload(
  workload: Workload,
  owner: WorkloadRef,
  daemonNodes: readonly string[],
): Generator<PodDraft> {
  const count = workload.replicas === 'one-per-node' ? daemonNodes.length : workload.replicas;
  const identify = identityOf(workload);
  for (let index = 0; index < count; index += 1) {
    const { name, labels, hostname } = identify(index);
    const { spec } = workload.template;
    yield {
      namespace: workload.namespace,
      name,
      labels: { ...workload.template.labels, ...labels },
      spec: hostname === undefined ? spec : { ...spec, hostname },
      ips: [],
      phase: 'Running',
      ready: true,
      owner,
      source: workload.source,
      node: daemonNodes[index] ?? '',
    };
  }
}

interface Identity {
  readonly name: string;
  readonly labels: Labels;
  readonly hostname?: string;
}

/** Names and controller labels of a workload's pods, by index. */
const identityOf = (workload: Workload): ((index: number) => Identity) => {
  const { kind, namespace, name } = workload;
  const seed = `${kind}/${namespace}/${name}`;
  switch (kind) {
    case 'StatefulSet':
      return (index) => statefulIdentity(name, workload.firstOrdinal + index);
    case 'Deployment': {
      const hash = pseudoTemplateHash(seed);
      return generated(seed, `${name}-${hash}-`, { 'pod-template-hash': hash });
    }
    case 'Job':
      return jobIdentity(seed, name, workload.indexed);
    case 'CronJob':
      return jobIdentity(seed, `${name}-${scheduledMinute(seed)}`, workload.indexed);
    default:
      return generated(seed, `${name}-`, {});
  }
};

const generated = (seed: string, prefix: string, labels: Labels): ((index: number) => Identity) => {
  const names = new NameGenerator(seed, prefix);
  return (index) => ({ name: names.next(index), labels });
};

const statefulIdentity = (set: string, ordinal: number): Identity => {
  const name = `${set}-${ordinal}`;
  return {
    name,
    labels: {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
    },
    hostname: name,
  };
};

const jobIdentity = (
  seed: string,
  job: string,
  indexed: boolean,
): ((index: number) => Identity) => {
  const labels = { 'batch.kubernetes.io/job-name': job, 'job-name': job };
  if (!indexed) return generated(seed, `${job}-`, labels);
  return (index) => ({
    name: `${job}-${index}-${pseudoRandomSuffix(`${seed}/${index}`)}`,
    labels: { ...labels, 'batch.kubernetes.io/job-completion-index': String(index) },
    hostname: `${job}-${index}`,
  });
};

/** A CronJob names its Jobs by the minute they were due, counted from 1970: eight digits for this century's most part. */
const scheduledMinute = (seed: string): string => {
  const digits = [...pseudoTemplateHash(seed)].map((letter) => letter.charCodeAt(0) % 10).join('');
  return `29${digits.padEnd(6, '0').slice(0, 6)}`;
};
