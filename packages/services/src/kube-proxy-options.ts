import type { Prefix } from '@podpath/net';

/** The settings of kube-proxy that change what it programs. */
export interface KubeProxyOptions {
  /** How kube-proxy tells pod traffic of this node from the rest (`--detect-local-mode`). */
  readonly localDetector:
    | { readonly kind: 'cluster-cidr'; readonly cidr: Prefix }
    | { readonly kind: 'node-cidr'; readonly cidr: Prefix }
    | { readonly kind: 'bridge'; readonly name: string }
    | { readonly kind: 'interface-prefix'; readonly prefix: string }
    | { readonly kind: 'none' };
  readonly masqueradeAll: boolean;
  /** `MASQUERADE --random-fully`, used when iptables knows it. */
  readonly randomFully: boolean;
}
