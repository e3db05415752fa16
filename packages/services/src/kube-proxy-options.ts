import type { Prefix } from '@podpath/net';

/** The settings of kube-proxy that change what it programs. */
export interface KubeProxyOptions {
  /**
   * How kube-proxy tells pod traffic of this node from the rest (`--detect-local-mode`).
   * `cluster-cidr` takes at most one network per family; `node-cidr` uses the node's own podCIDRs.
   * A family without a network has no detector.
   */
  readonly localDetector:
    | { readonly kind: 'cluster-cidr'; readonly cidrs: readonly Prefix[] }
    | { readonly kind: 'node-cidr' }
    | { readonly kind: 'bridge'; readonly name: string }
    | { readonly kind: 'interface-prefix'; readonly prefix: string }
    | { readonly kind: 'none' };
  readonly masqueradeAll: boolean;
  /** `MASQUERADE --random-fully`, used when iptables knows it. */
  readonly randomFully: boolean;
  /** Whether NodePorts answer on 127.0.0.0/8 too (`--iptables-localhost-nodeports`). Default true. IPv4 only. */
  readonly localhostNodePorts?: boolean;
  /** Node addresses that NodePorts answer on (`--nodeport-addresses`). Absent: every address of the node. */
  readonly nodePortAddresses?: readonly Prefix[];
}
