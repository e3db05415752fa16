import type { ClusterLoadError, Problem } from './problem.ts';

/** Short ways to write API objects in tests. */

type Json = Readonly<Record<string, unknown>>;

export const object = (
  apiVersion: string,
  kind: string,
  fullName: string,
  rest: Json = {},
): Json => {
  const { metadata, ...others } = rest;
  const [namespace, name] = fullName.includes('/') ? fullName.split('/') : [undefined, fullName];
  const names = { ...(namespace === undefined ? {} : { namespace }), name };
  return { apiVersion, kind, metadata: { ...names, ...Object(metadata) }, ...others };
};

export const pod = (fullName: string, rest: Json = {}): Json => object('v1', 'Pod', fullName, rest);

export const node = (name: string, rest: Json = {}): Json => object('v1', 'Node', name, rest);

export const service = (fullName: string, spec: Json): Json =>
  object('v1', 'Service', fullName, { spec: { ports: [{ port: 80 }], ...spec } });

export const policy = (fullName: string, spec: Json = {}): Json =>
  object('networking.k8s.io/v1', 'NetworkPolicy', fullName, { spec: { podSelector: {}, ...spec } });

/** An `apps/v1` workload whose pods have the label `app` with its name. */
export const workload = (
  kind: string,
  fullName: string,
  spec: Json = {},
  podSpec: Json = {},
): Json => {
  const labels = { app: fullName.split('/').at(-1) };
  return object('apps/v1', kind, fullName, {
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec },
      ...spec,
    },
  });
};

/** The problems that a call is refused with. Fails if it is not, or with anything else. */
export const problemsOf = (call: () => unknown): readonly Problem[] => {
  try {
    call();
  } catch (error) {
    if (isLoadError(error)) return error.problems;
    throw error;
  }
  throw new Error('no problem was found');
};

const isLoadError = (error: unknown): error is ClusterLoadError =>
  error instanceof Error && error.name === 'ClusterLoadError';
