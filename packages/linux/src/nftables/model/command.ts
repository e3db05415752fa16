import type { NftBaseChain, NftElement, NftFamily, NftSetSpec, NftSetTypes } from './ruleset.ts';
import type { NftRule } from './statement.ts';

/**
 * One run of `nft -f`: all of it happens or nothing. `add` of what is there already does nothing (and may
 * change a base chain's policy); `create` refuses.
 */
export interface NftCommand {
  readonly kind: 'nft';
  readonly operations: readonly NftOperation[];
}

export type NftOperation =
  | { readonly op: 'flush-ruleset'; readonly family?: NftFamily }
  | NftTableOperation
  | NftChainOperation
  | NftRuleOperation
  | NftSetOperation
  | NftElementOperation;

interface InTable {
  readonly family: NftFamily;
  readonly table: string;
}

interface InChain extends InTable {
  readonly chain: string;
}

interface InSet extends InTable {
  readonly set: string;
}

export type NftTableOperation = InTable &
  (
    | {
        readonly op: 'add-table' | 'create-table';
        readonly comment?: string;
        /** Its base chains see no packets. */
        readonly dormant?: boolean;
      }
    | { readonly op: 'delete-table' | 'flush-table' }
  );

export type NftChainOperation = InChain &
  (
    | {
        readonly op: 'add-chain' | 'create-chain';
        readonly base?: NftBaseChain;
        /** Without `base`, the new policy of a base chain that is there. */
        readonly policy?: 'accept' | 'drop';
        readonly comment?: string;
      }
    | { readonly op: 'delete-chain' | 'flush-chain' }
  );

/** Where a rule goes: beside the rule with a handle, or with an index, which counts from 0. */
interface RulePosition {
  readonly handle?: number;
  readonly index?: number;
}

export type NftRuleOperation = InChain &
  (
    | ({ readonly op: 'add-rule' | 'insert-rule'; readonly rule: NftRule } & RulePosition)
    | { readonly op: 'replace-rule'; readonly handle: number; readonly rule: NftRule }
    | { readonly op: 'delete-rule'; readonly handle: number }
  );

export type NftSetOperation = InSet &
  (
    | { readonly op: 'add-set' | 'create-set'; readonly spec: NftSetSpec }
    | { readonly op: 'delete-set' | 'flush-set' | 'flush-map' }
  );

/** Names the set's types, as the text of elements can only be written and read with them. */
export type NftElementOperation = InSet &
  NftSetTypes & {
    readonly op: 'add-elements' | 'create-elements' | 'delete-elements';
    readonly elements: readonly NftElement[];
  };
