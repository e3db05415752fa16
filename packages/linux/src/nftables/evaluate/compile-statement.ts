import { trackedEntry, UNTRACKED } from '../../netfilter/conntrack/attachment.ts';
import type { TupleTable } from '../../netfilter/conntrack/tuple-table.ts';
import type { Nat } from '../../netfilter/nat/nat.ts';
import type { HookVerdict } from '../../netfilter/netfilter.ts';
import { operandsOf } from '../model/operand.ts';
import type { NftFamily } from '../model/ruleset.ts';
import {
  isOperand,
  isValue,
  type NftMatch,
  type NftSendBy,
  type NftSetMark,
  type NftStatement,
} from '../model/statement.ts';
import { compileConnectionCount } from './compile-connection-count.ts';
import { compileLimit } from './compile-limit.ts';
import {
  compileVerdict,
  compileVerdictMap,
  type RuleScope,
  setOf,
  valuesReader,
} from './compile-lookup.ts';
import { compileSetMatch, compileValueMatch } from './compile-match.ts';
import { compileMasquerade, compileNat, compileRedirect } from './compile-nat.ts';
import { compileReject } from './compile-reject.ts';
import { compileSetField } from './compile-set-field.ts';
import { compileSetUpdate } from './compile-set-update.ts';
import { type Counter, type Evaluation, type StatementFunction, Step } from './objects.ts';
import { operandReader } from './operand-reader.ts';

/** What statements act on beside the packet. */
export interface StatementResources {
  readonly scope: RuleScope;
  readonly nat: Nat;
  readonly connections: TupleTable;
  readonly family: NftFamily;
  /** Counters of the rule, which the statement adds to. */
  readonly counters: Counter[];
}

/** A statement as a function of the packet; `undefined` for one that does nothing here. */
export const compileStatement = (
  statement: NftStatement,
  { scope, nat, connections, family, counters }: StatementResources,
): StatementFunction | undefined => {
  switch (statement.kind) {
    case 'match':
      return compileMatch(statement, scope);
    case 'vmap':
      return compileVerdictMap(statement, scope);
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
    case 'jump':
    case 'goto': {
      const { step, chain } = compileVerdict(statement, scope);
      return (at) => {
        at.chain = chain;
        return step;
      };
    }
    case 'reject':
      return compileReject(statement, family);
    case 'set-mark':
      return compileSetMark(statement, scope);
    case 'snat':
    case 'dnat': {
      const values = 'kind' in statement.to ? valuesReader(statement.to, scope) : undefined;
      return compileNat(statement, values, nat);
    }
    case 'masquerade':
      return compileMasquerade(statement, nat);
    case 'redirect':
      return compileRedirect(statement, nat);
    case 'set-update':
      return compileSetUpdate(statement, scope.set(statement.set));
    case 'limit':
      return compileLimit(statement);
    case 'counter':
      return compileCounter(statement, counters);
    case 'notrack':
      return ({ view: { context } }) => {
        // What answers an untracked packet has no connection, and is exempted here as anything without one.
        if (trackedEntry(context.conntrack) === undefined) context.conntrack = UNTRACKED;
        return Step.NEXT;
      };
    case 'set-field':
      return compileSetField(statement);
    case 'ct-count':
      return compileConnectionCount(statement, connections);
    case 'dup':
    case 'fwd':
      return compileSendBy(statement);
    case 'log':
      return undefined;
  }
};

const SENT_ELSEWHERE: HookVerdict = {
  kind: 'drop',
  reason: 'sent out of another device by a rule',
};

/** `dup` and `fwd` (net/netfilter/nft_dup_netdev.c, nft_fwd_netdev.c). */
const compileSendBy = ({ kind, to }: NftSendBy): StatementFunction => {
  const index = Number(to);
  return (at) => {
    const device = at.env.deviceName(index);
    const { link } = at.view.context;
    if (kind === 'dup') {
      if (device !== undefined) link?.duplicate(device);
      return Step.NEXT;
    }
    if (device !== undefined) link?.divert(device);
    at.verdict = SENT_ELSEWHERE;
    return Step.VERDICT;
  };
};

const compileMatch = (match: NftMatch, scope: RuleScope): StatementFunction => {
  const { left, op, right } = match;
  if (!isValue(right)) return compileSetMatch(match, setOf(left, right, scope));
  const [operand, ...others] = operandsOf(left);
  if (operand === undefined || others.length > 0) return () => Step.BREAK;
  return compileValueMatch(operand, op, right, scope.env.devices);
};

const compileCounter = (
  { packets = 0, bytes = 0 }: Extract<NftStatement, { readonly kind: 'counter' }>,
  counters: Counter[],
): StatementFunction => {
  const counter = { packets, bytes };
  counters.push(counter);
  return ({ view }) => {
    counter.packets++;
    counter.bytes += view.lengthBytes;
    return Step.NEXT;
  };
};

const compileSetMark = ({ target, value }: NftSetMark, scope: RuleScope): StatementFunction => {
  const read = markReader(value, scope);
  if (target === 'meta mark') {
    return (at) => {
      const mark = read(at);
      if (mark < 0) return Step.BREAK;
      at.view.context.mark = mark;
      return Step.NEXT;
    };
  }
  return (at) => {
    const mark = read(at);
    if (mark < 0) return Step.BREAK;
    const entry = trackedEntry(at.view.context.conntrack);
    if (entry !== undefined) entry.mark = mark;
    return Step.NEXT;
  };
};

/** -1 when there is no value: the rule ends. */
const markReader = (value: NftSetMark['value'], scope: RuleScope): ((at: Evaluation) => number) => {
  if (typeof value === 'number') return () => value;
  if (isOperand(value)) {
    const reader = operandReader(value);
    return reader.kind === 'number' ? reader.read : () => -1;
  }
  const read = valuesReader(value, scope);
  return (at) => {
    const mark = read(at)?.[0];
    return typeof mark === 'number' ? mark : -1;
  };
};
