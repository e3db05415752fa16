import type { Ip, IpFamily } from '@podpath/net';
import { type SelectedEndpoints, selectEndpoints } from './endpoint-selection.ts';
import type { LocalDetector } from './local-detector.ts';
import type { ProxiedEndpoint, ProxiedPort } from './proxied-port.ts';

/** What the rules of a Service port depend on besides the port. */
export interface PortContext {
  readonly family: IpFamily;
  readonly node: {
    readonly name: string;
    readonly zone: string | undefined;
    /** Its first address of the family. */
    readonly address: Ip | undefined;
  };
  readonly detector: LocalDetector | undefined;
  readonly masqueradeAll: boolean;
  /** With more than a thousand endpoints kube-proxy leaves out the comments of endpoint rules. */
  readonly endpointComments: boolean;
}

/** Where a node sends a Service port's traffic, before any rule is written. */
export interface PortPlan {
  readonly port: ProxiedPort;
  readonly selected: SelectedEndpoints<ProxiedEndpoint>;
  /** Chain for traffic to the ClusterIP; absent when the policy leaves no endpoint for it. */
  readonly internalChain: string | undefined;
  /** Where traffic from outside ends up; absent when the policy leaves no endpoint for it. */
  readonly externalPolicyChain: string | undefined;
  /** Whether there is a chain for traffic to NodePorts, external and load balancer addresses. */
  readonly hasExternalChain: boolean;
  /** Whether the load balancer's source ranges are checked. */
  readonly hasFirewallChain: boolean;
}

export function planPort(port: ProxiedPort, node: PortContext['node']): PortPlan {
  const selected = selectEndpoints(port.endpoints, port, node);
  const { hasAny } = selected;
  const hasLocal = (selected.local ?? []).length > 0;
  const policyChain = (isLocal: boolean): string | undefined => {
    if (!hasAny || (isLocal && !hasLocal)) return undefined;
    return isLocal ? port.chains.local : port.chains.cluster;
  };
  return {
    port,
    selected,
    internalChain: policyChain(port.internalLocal),
    externalPolicyChain: policyChain(port.externalLocal),
    hasExternalChain: hasAny && port.externallyAccessible,
    hasFirewallChain: hasAny && port.loadBalancerIps.length > 0 && port.sourceRanges.length > 0,
  };
}

/** Whether every node writes the same rules for this port, as far as the port itself goes. */
export const isSameEverywhere = (port: ProxiedPort): boolean =>
  !port.internalLocal &&
  !(port.externalLocal && port.externallyAccessible) &&
  port.sourceRanges.length === 0 &&
  port.endpoints.every((endpoint) => endpoint.zones === undefined);
