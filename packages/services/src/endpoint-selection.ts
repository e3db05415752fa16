/** What choosing asks of an endpoint. */
export interface SelectableEndpoint {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName?: string;
  readonly zones?: readonly string[];
}

/** What choosing asks of a Service port. */
export interface TrafficPolicies {
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  /** Has a NodePort, a load balancer address or an external address. */
  readonly externallyAccessible: boolean;
}

export interface SelectedEndpoints<E> {
  /** For traffic under the Cluster policy; absent when the Service port has no use for it. */
  readonly cluster: readonly E[] | undefined;
  /** For traffic under the Local policy; absent when the Service port has no use for it. */
  readonly local: readonly E[] | undefined;
  /** The union of both, in the order given. */
  readonly reachable: readonly E[];
  /** Whether anything, on whatever node, could answer: decides between a reject and a silent drop. */
  readonly hasAny: boolean;
}

/**
 * Which endpoints a node may send a Service port's traffic to. Endpoints that are shutting down but
 * still serve are a last resort, for each list by itself. Zone hints count only when every ready endpoint has
 * one and some name this node's zone, and never for the local list. Node hints are not read.
 * Source: kubernetes pkg/proxy/topology.go, CategorizeEndpoints.
 */
export function selectEndpoints<E extends SelectableEndpoint>(
  endpoints: readonly E[],
  policies: TrafficPolicies,
  node: { readonly name: string; readonly zone?: string | undefined },
): SelectedEndpoints<E> {
  const usesCluster = !policies.internalLocal || policies.externallyAccessible;
  const usesLocal =
    policies.internalLocal || (policies.externallyAccessible && policies.externalLocal);
  const cluster = usesCluster ? clusterEndpoints(endpoints, node.zone) : undefined;
  const local = usesLocal
    ? readyOrLastResort(endpoints.filter((endpoint) => endpoint.nodeName === node.name))
    : undefined;
  return {
    cluster,
    local,
    reachable: union(endpoints, cluster, local),
    hasAny: (cluster ?? []).length > 0 || (usesLocal && endpoints.some(canAnswer)),
  };
}

const isReady = (endpoint: SelectableEndpoint): boolean => endpoint.ready;
const isLastResort = (endpoint: SelectableEndpoint): boolean =>
  endpoint.serving && endpoint.terminating;
const canAnswer = (endpoint: SelectableEndpoint): boolean =>
  isReady(endpoint) || isLastResort(endpoint);

function readyOrLastResort<E extends SelectableEndpoint>(endpoints: readonly E[]): readonly E[] {
  const ready = endpoints.filter(isReady);
  return ready.length > 0 ? ready : endpoints.filter(isLastResort);
}

function clusterEndpoints<E extends SelectableEndpoint>(
  endpoints: readonly E[],
  zone: string | undefined,
): readonly E[] {
  const chosen = readyOrLastResort(endpoints);
  if (zone === undefined || !chosen.some(isReady)) return chosen;
  if (!chosen.every((endpoint) => (endpoint.zones ?? []).length > 0)) return chosen;
  const near = chosen.filter((endpoint) => endpoint.zones?.includes(zone));
  return near.length > 0 ? near : chosen;
}

function union<E>(
  all: readonly E[],
  cluster: readonly E[] | undefined,
  local: readonly E[] | undefined,
): readonly E[] {
  if (cluster === undefined) return local ?? [];
  if (local === undefined) return cluster;
  const reachable = new Set([...cluster, ...local]);
  return all.filter((endpoint) => reachable.has(endpoint));
}
