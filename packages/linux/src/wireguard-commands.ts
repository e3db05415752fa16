import type { Ip, Prefix } from '@podpath/net';

/** Of X25519, as `wg` writes them: 32 bytes in base64. */
export type WireguardKey = string;

/** What `wg` does to a device. */
export type WireguardCommand = { readonly kind: 'wireguard'; readonly dev: string } & (
  | WireguardConfiguration
  /** `wg set DEV peer KEY remove`. That there is no such peer is no error. */
  | { readonly op: 'remove-peer'; readonly peer: WireguardKey }
);

/** What a configuration file says. Keepalives are carried, and none is sent. */
export interface WireguardConfiguration {
  /** `wg setconf`: what it does not name goes. `wg addconf`: that stays, but for the allowed IPs of the peers it names. */
  readonly op: 'setconf' | 'addconf';
  readonly privateKey?: WireguardKey;
  /** Own, where nobody says the private one; in text a comment. */
  readonly publicKey?: WireguardKey;
  /** 0: any port that is free. */
  readonly listenPort?: number;
  /** Mark of the packets that carry others; 0 for none. */
  readonly fwmark?: number;
  readonly peers: readonly WireguardPeerSpec[];
}

export interface WireguardPeerSpec {
  readonly publicKey: WireguardKey;
  readonly presharedKey?: WireguardKey;
  /** What is sent to it, and what it may send. A prefix that another peer has is taken from that one. */
  readonly allowedIps: readonly Prefix[];
  /** Absent: unknown until it sends something. */
  readonly endpoint?: { readonly address: Ip; readonly port: number };
  /** 1 to 65535. */
  readonly keepaliveSeconds?: number;
}
