import type {
  NftChainOperation,
  NftCommand,
  NftElementOperation,
  NftOperation,
  NftRuleOperation,
  NftSetOperation,
  NftTableOperation,
} from '../model/command.ts';
import { formatBaseChain } from './chain-text.ts';
import { formatNftRule } from './rule-text.ts';
import { NO_DEVICE_NAMES } from './scalar-text.ts';
import { formatElement, formatSetSpec } from './set-text.ts';

/** A transaction as the text that one run of `nft -f` reads, a command a line. */
export const formatNftCommand = ({ operations }: NftCommand): string =>
  operations.map((operation) => `${formatNftOperation(operation)}\n`).join('');

/** One command of nft, without `nft` itself. */
export const formatNftOperation = (operation: NftOperation): string => {
  switch (operation.op) {
    case 'flush-ruleset':
      return operation.family === undefined ? 'flush ruleset' : `flush ruleset ${operation.family}`;
    case 'add-table':
    case 'create-table':
    case 'delete-table':
    case 'flush-table':
      return formatTableOperation(operation);
    case 'add-chain':
    case 'create-chain':
    case 'delete-chain':
    case 'flush-chain':
      return formatChainOperation(operation);
    case 'add-rule':
    case 'insert-rule':
    case 'replace-rule':
    case 'delete-rule':
      return formatRuleOperation(operation);
    case 'add-set':
    case 'create-set':
    case 'delete-set':
    case 'flush-set':
    case 'flush-map':
      return formatSetOperation(operation);
    case 'add-elements':
    case 'create-elements':
    case 'delete-elements':
      return formatElementOperation(operation);
  }
};

/** `add`, `create`, `delete`, `flush`, …. */
const verbOf = (op: string): string => op.slice(0, op.indexOf('-'));

const inBraces = (lines: readonly string[]): string =>
  lines.length === 0
    ? ''
    : ` { ${lines.map((line) => (line.endsWith(';') ? line : `${line} ;`)).join(' ')} }`;

const formatTableOperation = (operation: NftTableOperation): string => {
  const name = `${verbOf(operation.op)} table ${operation.family} ${operation.table}`;
  if (operation.op !== 'add-table' && operation.op !== 'create-table') return name;
  const { dormant, comment } = operation;
  return `${name}${inBraces([
    ...(dormant === true ? ['flags dormant'] : []),
    ...(comment === undefined ? [] : [`comment "${comment}"`]),
  ])}`;
};

const formatChainOperation = (operation: NftChainOperation): string => {
  const { op, family, table, chain } = operation;
  const name = `${verbOf(op)} chain ${family} ${table} ${chain}`;
  if (op !== 'add-chain' && op !== 'create-chain') return name;
  const { base, policy, comment } = operation;
  return `${name}${inBraces([
    ...(base === undefined ? [] : [formatBaseChain(base, base.policy, family)]),
    ...(policy === undefined ? [] : [`policy ${policy};`]),
    ...(comment === undefined ? [] : [`comment "${comment}"`]),
  ])}`;
};

const formatRuleOperation = (operation: NftRuleOperation): string => {
  const { op, family, table, chain, handle } = operation;
  const name = `${verbOf(op)} rule ${family} ${table} ${chain}`;
  if (op === 'delete-rule') return `${name} handle ${handle}`;
  const rule = formatNftRule(operation.rule);
  if (op === 'replace-rule') return `${name} handle ${handle} ${rule}`;
  if (handle !== undefined) return `${name} handle ${handle} ${rule}`;
  const { index } = operation;
  return index === undefined ? `${name} ${rule}` : `${name} index ${index} ${rule}`;
};

const formatSetOperation = (operation: NftSetOperation): string => {
  const { op, family, table, set } = operation;
  if (op === 'flush-map') return `flush map ${family} ${table} ${set}`;
  if (op !== 'add-set' && op !== 'create-set') {
    return `${verbOf(op)} set ${family} ${table} ${set}`;
  }
  const { spec } = operation;
  const what = spec.data === undefined ? 'set' : 'map';
  return `${verbOf(op)} ${what} ${family} ${table} ${set}${inBraces(formatSetSpec(spec))}`;
};

const formatElementOperation = (operation: NftElementOperation): string => {
  const { op, family, table, set, elements } = operation;
  const texts = elements.map((element) => formatElement(element, operation, NO_DEVICE_NAMES));
  return `${verbOf(op)} element ${family} ${table} ${set} { ${texts.join(', ')} }`;
};
