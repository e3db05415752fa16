import type { Match, RejectType } from '@podpath/linux';
import type { PortRange } from '../policies/port-range.ts';

/** The matches that Felix uses. */
export type FelixMatch = Extract<
  Match,
  {
    readonly kind:
      | 'source'
      | 'destination'
      | 'in-interface'
      | 'out-interface'
      | 'protocol'
      | 'port'
      | 'multiport'
      | 'icmp'
      | 'mark'
      | 'conntrack'
      | 'set'
      | 'address-type'
      | 'rpfilter';
  }
>;

/** What Felix does with a packet that matched. */
export type FelixAction =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'notrack' }
  | { readonly kind: 'reject'; readonly with?: RejectType }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'set-mark' | 'clear-mark'; readonly mark: number }
  | { readonly kind: 'set-masked-mark'; readonly mark: number; readonly mask: number }
  | { readonly kind: 'masquerade'; readonly ports?: PortRange }
  | { readonly kind: 'log'; readonly prefix: string }
  | { readonly kind: 'nflog'; readonly group: number; readonly prefix: string };

export interface FelixRule {
  readonly match?: readonly FelixMatch[];
  /** Absent: the rule only carries comments. */
  readonly action?: FelixAction;
  readonly comments?: readonly string[];
}

export interface FelixChain {
  readonly name: string;
  readonly rules: readonly FelixRule[];
}

export const jump = (chain: string): FelixAction => ({ kind: 'jump', chain });
export const goto = (chain: string): FelixAction => ({ kind: 'goto', chain });
export const setMark = (mark: number): FelixAction => ({ kind: 'set-mark', mark });
export const clearMark = (mark: number): FelixAction => ({ kind: 'clear-mark', mark });
export const ACCEPT: FelixAction = { kind: 'accept' };
export const DROP: FelixAction = { kind: 'drop' };
export const RETURN: FelixAction = { kind: 'return' };
export const NOTRACK: FelixAction = { kind: 'notrack' };
