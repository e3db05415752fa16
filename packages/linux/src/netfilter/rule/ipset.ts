import type { Ip, Prefix } from '@podpath/net';

export type IpsetType =
  | 'hash:ip'
  | 'hash:net'
  | 'hash:ip,port'
  | 'hash:net,port'
  | 'hash:ip,port,ip'
  | 'hash:ip,port,net'
  | 'hash:net,net'
  | 'bitmap:port'
  | 'list:set';

/** A protocol by number has port 0; ICMP, whose type and code stand for a port, cannot be a member here. */
export type IpsetProtocol = 'tcp' | 'udp' | 'udplite' | 'sctp' | number;

/**
 * A port in a set's member; with `lastPort`, one member for each port of the range. As in the kernel, a range that is
 * refused in its middle has added what comes before.
 */
interface MemberPort {
  readonly protocol: IpsetProtocol;
  readonly port: number;
  readonly lastPort?: number;
}

/** What `ipset add` takes. */
export type IpsetEntry =
  | { readonly kind: 'ip'; readonly address: Ip }
  | { readonly kind: 'net'; readonly prefix: Prefix; readonly nomatch?: boolean }
  /** Inclusive, IPv4 only: one member for each address, or for each of the prefixes that make it up. */
  | { readonly kind: 'range'; readonly first: Ip; readonly last: Ip; readonly nomatch?: boolean }
  | ({ readonly kind: 'ip,port'; readonly address: Ip } & MemberPort)
  | ({
      readonly kind: 'net,port';
      readonly prefix: Prefix;
      readonly nomatch?: boolean;
    } & MemberPort)
  | ({ readonly kind: 'ip,port,ip'; readonly address: Ip; readonly second: Ip } & MemberPort)
  | ({
      readonly kind: 'ip,port,net';
      readonly address: Ip;
      readonly prefix: Prefix;
      readonly nomatch?: boolean;
    } & MemberPort)
  | {
      readonly kind: 'net,net';
      readonly prefix: Prefix;
      readonly second: Prefix;
      readonly nomatch?: boolean;
    }
  | { readonly kind: 'port'; readonly port: number; readonly lastPort?: number }
  /** A place in the list: before or after another member, else at the end. */
  | {
      readonly kind: 'set';
      readonly name: string;
      readonly before?: string;
      readonly after?: string;
    };
