import { type Cluster, clusterFromObjects, type Flow, type FlowEnd } from '@podpath/cluster';
import type { DataPath } from '@podpath/cni';
import type { StepDetail } from '@podpath/linux';
import { weave } from './weave.ts';

/** Builders of Kubernetes objects for this package's tests, and short ways to ask a data path. */
export const node = (name: string, address?: string): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  ...(address === undefined ? {} : { status: { addresses: [{ type: 'InternalIP', address }] } }),
});

export const nodes = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => node(`n${index + 1}`));

/** `namespace/name` on a node; it listens on TCP 80 and UDP 53. */
export const pod = (
  path: string,
  nodeName: string,
  more: { labels?: Record<string, string>; ip?: string; hostNetwork?: boolean } = {},
): object => {
  const [namespace, name] = path.split('/');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: more.labels ?? {} },
    spec: {
      nodeName,
      hostNetwork: more.hostNetwork ?? false,
      containers: [
        {
          name: 'main',
          ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }],
        },
      ],
    },
    ...(more.ip === undefined ? {} : { status: { podIP: more.ip, phase: 'Running' } }),
  };
};

export const networkPolicy = (path: string, spec: object): object => {
  const [namespace, name] = path.split('/');
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name },
    spec,
  };
};

export const clusterOf = (...objects: readonly object[]): Cluster =>
  clusterFromObjects(objects, { families: [4] });

export const install = (objects: readonly object[], options: object = {}): DataPath =>
  weave.install(clusterOf(...objects), weave.configure(options));

export const podEnd = (path: string): FlowEnd & { kind: 'pod' } => {
  const [namespace = '', name = ''] = path.split('/');
  return { kind: 'pod', namespace, name };
};

export const tcp = (from: FlowEnd, to: FlowEnd, port = 80): Flow => ({
  from,
  to,
  protocol: 'TCP',
  port,
});

/** The steps of a walk's request that are of some kinds, with the namespaces where they happened. */
export const steps = (
  path: DataPath,
  flow: Flow,
  ...kinds: readonly StepDetail['kind'][]
): { readonly where: string; readonly step: StepDetail }[] =>
  path
    .send(flow)
    .packet.request.flatMap(({ namespace, steps: taken }) =>
      taken.flatMap((step) => (kinds.includes(step.kind) ? [{ where: namespace, step }] : [])),
    );
