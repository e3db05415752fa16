import { formatIp, tryParseIp } from '@podpath/net';
import type { Cluster } from './cluster.ts';
import { firstPodOf, podKey } from './cluster-index.ts';
import type { FlowEnd } from './flow.ts';
import { nearMatches } from './near-match.ts';
import { DEFAULT_NAMESPACE } from './options.ts';

/** A text that names no end of a flow in this cluster. */
export class FlowEndError extends Error {
  override readonly name = 'FlowEndError';
  /** As it was given. */
  readonly text: string;
  readonly reason: string;
  /** What may have been meant, in the form `parseFlowEnd` takes. */
  readonly suggestions: readonly string[];

  constructor(text: string, reason: string, suggestions: readonly string[]) {
    const forms =
      'expected NAMESPACE/POD, NAMESPACE/WORKLOAD, svc:NAMESPACE/NAME, node:NAME or an address';
    const hint = suggestions.length === 0 ? forms : `did you mean ${suggestions.join(' or ')}?`;
    super(`${JSON.stringify(text)}: ${reason}; ${hint}`);
    this.text = text;
    this.reason = reason;
    this.suggestions = suggestions;
  }
}

const PREFIXED = /^(pod|service|svc|node|ip)[:/](.+)$/s;

/**
 * Reads an end of a flow: `namespace/pod`, `namespace/workload` (its first pod), either without its
 * namespace, `svc:namespace/name` or `service/namespace/name`, `node:name`, `ip:address` or a bare
 * address. Throws `FlowEndError`, which names what is close to an unknown name.
 */
export const parseFlowEnd = (
  text: string,
  cluster: Cluster,
  defaultNamespace: string = DEFAULT_NAMESPACE,
): FlowEnd => {
  const trimmed = text.trim();
  const bare = tryParseIp(trimmed);
  if (bare !== undefined) return { kind: 'address', address: bare };
  // A namespace may be called `node` or `pod`: what is in it comes first.
  const unprefixed = trimmed.includes(':')
    ? undefined
    : findPod(trimmed, cluster, defaultNamespace);
  if (unprefixed !== undefined) return unprefixed;
  const [, prefix, name = trimmed] = PREFIXED.exec(trimmed) ?? [];
  switch (prefix) {
    case 'node':
      return parseNode(text, name, cluster);
    case 'ip':
      return parseAddress(text, name);
    case 'service':
    case 'svc':
      return parseService(text, split(name, defaultNamespace), cluster);
    default:
      return (
        findPod(name, cluster, defaultNamespace) ??
        unknownPod(text, split(name, defaultNamespace), cluster)
      );
  }
};

/** The text that `parseFlowEnd` reads as this end. */
export const formatFlowEnd = (end: FlowEnd): string => {
  switch (end.kind) {
    case 'pod':
      return `${end.namespace}/${end.name}`;
    case 'service':
      return `svc:${end.namespace}/${end.name}`;
    case 'node':
      return `node:${end.name}`;
    case 'address':
      return `ip:${formatIp(end.address)}`;
  }
};

/** Splits `namespace/name`; without a namespace, the default one. */
const split = (text: string, defaultNamespace: string): { namespace: string; name: string } => {
  const slash = text.indexOf('/');
  if (slash < 0) return { namespace: defaultNamespace, name: text };
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
};

const findPod = (text: string, cluster: Cluster, defaultNamespace: string): FlowEnd | undefined => {
  const key = podKey(split(text, defaultNamespace));
  const pod = cluster.pods.get(key) ?? firstPodOf(cluster, key);
  return pod && { kind: 'pod', namespace: pod.namespace, name: pod.name };
};

const parseNode = (text: string, name: string, cluster: Cluster): FlowEnd => {
  if (cluster.nodes.has(name)) return { kind: 'node', name };
  const nodes = [...cluster.nodes.keys()].map((node) => ({ namespace: undefined, name: node }));
  const near = nearMatches({ namespace: undefined, name }, nodes, (node) => `node:${node.name}`);
  throw new FlowEndError(text, 'there is no such node', near);
};

const parseAddress = (text: string, name: string): FlowEnd => {
  const address = tryParseIp(name);
  if (address === undefined) throw new FlowEndError(text, 'this is no IP address', []);
  return { kind: 'address', address };
};

const parseService = (
  text: string,
  asked: { namespace: string; name: string },
  cluster: Cluster,
): FlowEnd => {
  const service = cluster.services.get(podKey(asked));
  if (service !== undefined) return { kind: 'service', ...asked };
  const near = nearMatches(asked, cluster.services.values(), (one) => `svc:${podKey(one)}`);
  throw new FlowEndError(text, 'there is no such Service', near);
};

const unknownPod = (
  text: string,
  asked: { namespace: string; name: string },
  cluster: Cluster,
): never => {
  const workloads = [...cluster.pods.values()].flatMap((pod) => [
    { namespace: pod.namespace, name: pod.owner.name },
    pod,
  ]);
  const services = [...cluster.services.values()];
  const near = [
    ...nearMatches(asked, workloads, podKey),
    ...nearMatches(asked, services, (one) => `svc:${podKey(one)}`),
  ];
  throw new FlowEndError(text, 'there is no such pod or workload', near.slice(0, 3));
};
