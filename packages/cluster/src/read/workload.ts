import { matchesSelector } from '../label-selector.ts';
import type { Labels } from '../objects.ts';
import type { ReadContext } from './context.ts';
import type { Field } from './field.ts';
import type { Workload } from './inventory.ts';
import { readLabelSelector } from './label-selector.ts';
import { readLabels } from './labels.ts';
import { readMetadata, readNamespaceName } from './metadata.ts';
import { readPodSpec } from './pod-spec.ts';

const LARGEST_INT32 = 2 ** 31 - 1;

/** Deployment, StatefulSet, ReplicaSet, ReplicationController or DaemonSet. */
export const readWorkload = (kind: string, root: Field, context: ReadContext): Workload => {
  const spec = root.at('spec').object();
  const replicas = readCount(spec.at('replicas')) ?? 1;
  const common = readCommon(kind, root, spec, context);
  const { template } = common;
  const subdomain = spec.at('serviceName').text();
  return {
    ...common,
    template:
      kind === 'StatefulSet' ? { ...template, spec: { ...template.spec, subdomain } } : template,
    replicas: kind === 'DaemonSet' ? 'one-per-node' : replicas,
    firstOrdinal: readCount(spec.at('ordinals').object().at('start')) ?? 0,
    selectsOwnPods: selectsOwnPods(kind, root, spec, template.labels),
  };
};

/** A Job makes the pods it runs at once; one that has finished or is suspended makes none. */
export const readJob = (root: Field, context: ReadContext): Workload => {
  const spec = root.at('spec').object();
  const finished = root.at('status').object().at('conditions').items().some(isEnd);
  const common = readCommon('Job', root, spec, context);
  return { ...common, ...readJobSpec(spec), ...(finished ? { replicas: 0 } : {}) };
};

/** A CronJob stands for the pods of one of its Jobs. */
export const readCronJob = (root: Field, context: ReadContext): Workload => {
  const spec = root.at('spec').object();
  const jobSpec = spec.at('jobTemplate').object().at('spec').object();
  const suspended = spec.at('suspend').boolean() ?? false;
  const common = readCommon('CronJob', root, jobSpec, context);
  return { ...common, ...readJobSpec(jobSpec), ...(suspended ? { replicas: 0 } : {}) };
};

const readCommon = (
  kind: string,
  root: Field,
  specOfTemplate: Field,
  context: ReadContext,
): Workload => {
  const { name, owner } = readMetadata(root);
  const template = specOfTemplate.at('template');
  if (template.absent) template.required('there is no pod template', 'a pod template');
  return {
    kind,
    namespace: readNamespaceName(root, context.defaultNamespace),
    name,
    owner,
    template: {
      labels: readLabels(template.object().at('metadata').object().at('labels')),
      spec: readPodSpec(template.at('spec')),
    },
    replicas: 1,
    firstOrdinal: 0,
    indexed: false,
    selectsOwnPods: true,
    source: context.sourceOf([]),
  };
};

const readJobSpec = (spec: Field): Pick<Workload, 'replicas' | 'indexed'> => {
  const parallelism = readCount(spec.at('parallelism')) ?? 1;
  const completions = readCount(spec.at('completions')) ?? parallelism;
  const mode = spec.at('completionMode').oneOf(['NonIndexed', 'Indexed']);
  const suspended = spec.at('suspend').boolean() ?? false;
  return {
    replicas: suspended ? 0 : Math.min(parallelism, completions),
    indexed: mode === 'Indexed',
  };
};

const isEnd = (condition: Field): boolean =>
  ['Complete', 'Failed'].includes(String(condition.at('type').value)) &&
  condition.at('status').value === 'True';

const readCount = (field: Field): number | undefined => field.integerWithin(0, LARGEST_INT32);

/**
 * Whether a workload would find its own pods. apps/v1 wants a selector; older versions derived it.
 */
const selectsOwnPods = (kind: string, root: Field, spec: Field, labels: Labels): boolean => {
  const field = spec.at('selector');
  if (field.absent) {
    if (root.at('apiVersion').value === 'apps/v1') {
      field.required('there is no selector', "a selector of the template's labels");
    }
    return true;
  }
  const selector =
    kind === 'ReplicationController'
      ? { matchLabels: readLabels(field), matchExpressions: [] }
      : readLabelSelector(field);
  return matchesSelector(selector, labels);
};
