import { familyOf, type IpFamily } from '@podpath/net';
import type { DeviceNumbers } from '../../netfilter/device-numbers.ts';
import { fieldOf, type NftLookupKey, type NftOperand, operandsOf } from '../model/operand.ts';
import { isOfFrames } from '../model/ruleset.ts';
import {
  isOperand,
  isSetReference,
  type NftMapLookup,
  type NftRule,
  type NftStatement,
  type NftVerdict,
} from '../model/statement.ts';
import { mergedInequalities } from '../normal/merge-neighbours.ts';
import type { RuleScope } from './compile-lookup.ts';
import { compileStatement, type StatementResources } from './compile-statement.ts';
import {
  type Chain,
  type CompiledRule,
  type Counter,
  type StatementFunction,
  Step,
} from './objects.ts';
import { ANYWHERE, placesOfOperand, placesOfStatement } from './places.ts';
import { ruleScreen } from './rule-screen.ts';

/** Takes a rule that has been checked and put in normal form. */
export const compileRule = (
  rule: NftRule,
  scope: RuleScope,
  {
    nat,
    connections,
    devices,
    family,
  }: Pick<StatementResources, 'nat' | 'connections' | 'family'> & {
    readonly devices: DeviceNumbers;
  },
): CompiledRule => {
  const counters: Counter[] = [];
  const { statements } = rule;
  let isTold = false;
  return {
    statements: withPairs(
      statements,
      statements.map((statement) => {
        const run = compileStatement(statement, { scope, nat, connections, family, counters });
        if (run === undefined || !isOfFrames(family)) return run;
        const operands = operandsIn(statement);
        isTold ||= operands.some((operand) => TELLS_PROTOCOL.test(fieldOf(operand) ?? ''));
        const asks = family === 'bridge' && !isTold && operands.some(asksProtocol);
        if (operands.some(isOfIp)) return ofIp(asks ? untagged(run) : run);
        return asks ? untagged(run) : run;
      }),
    ),
    counters,
    leadsTo: chainsOf(statements, scope),
    sets: setNamesOf(statements).map((name) => scope.set(name)),
    leadsThrough: statements.flatMap((statement) =>
      statement.kind === 'vmap' && isSetReference(statement.map)
        ? [scope.set(statement.map.set)]
        : [],
    ),
    places: statements.reduce(
      (places, statement) =>
        operandsIn(statement).reduce(
          (bits, operand) => bits & placesOfOperand(operand, family),
          places & placesOfStatement(statement, family),
        ),
      ANYWHERE,
    ),
    tracked: TRACKED.filter((family) => statements.some((each) => needsConntrack(each, family))),
    hasEffect: statements.some(({ kind }) => !QUIET.has(kind)),
    screen: ruleScreen(rule, devices),
  };
};

/** Frames without IP have nothing that could be read there. */
const ofIp =
  (run: StatementFunction): StatementFunction =>
  (at) =>
    at.view.context.link?.isIp === false ? Step.BREAK : run(at);

/** On bridges nft asks for ARP and ICMP by the type in the Ethernet header, which is that of the tag. */
const untagged =
  (run: StatementFunction): StatementFunction =>
  (at) =>
    (at.view.context.link?.tag ?? -1) < 0 ? run(at) : Step.BREAK;

const asksProtocol = (operand: NftOperand): boolean =>
  /^(?:arp|icmp|icmpv6) /.test(fieldOf(operand) ?? '');

/** Fields behind which nft knows what a frame carries without the type in the Ethernet header. */
const TELLS_PROTOCOL = /^(?:vlan|ip|ip6) |^meta protocol$/;

/** What frames have whether IP is in them or not. */
const isOfIp = (operand: NftOperand): boolean => {
  if (typeof operand === 'object' && operand.kind === 'numgen') return false;
  const field = fieldOf(operand);
  if (field === undefined || field === 'meta l4proto') return true;
  return !/^(?:ether|vlan|arp|meta) /.test(field);
};

/** Several `!=` that nft makes one comparison of: they fail only where all values are there. */
const withPairs = (
  statements: readonly NftStatement[],
  compiled: readonly (StatementFunction | undefined)[],
): readonly StatementFunction[] => {
  const functions: StatementFunction[] = [];
  for (let at = 0; at < compiled.length; ) {
    const count = mergedInequalities(statements, at);
    const merged = compiled.slice(at, at + count).filter((each) => each !== undefined);
    const [first, ...others] = merged;
    at += count;
    if (first !== undefined) functions.push(others.reduce(either, first));
  }
  return functions;
};

const either =
  (first: StatementFunction, second: StatementFunction): StatementFunction =>
  (packet) =>
    first(packet) === Step.NEXT ? Step.NEXT : second(packet);

const QUIET: ReadonlySet<NftStatement['kind']> = new Set([
  'match',
  'counter',
  'limit',
  'ct-count',
  'continue',
]);

const CONNTRACK: ReadonlySet<NftStatement['kind']> = new Set([
  'snat',
  'dnat',
  'masquerade',
  'redirect',
]);

const TRACKED = [4, 6] as const;

/** An address is translated in one family only, whatever the table sees. */
const needsConntrack = (statement: NftStatement, family: IpFamily): boolean =>
  (CONNTRACK.has(statement.kind) && (familyOfNat(statement) ?? family) === family) ||
  statement.kind === 'ct-count' ||
  (statement.kind === 'set-mark' && statement.target === 'ct mark') ||
  operandsIn(statement).some((operand) => fieldOf(operand)?.startsWith('ct ') === true);

const familyOfNat = (statement: NftStatement): IpFamily | undefined => {
  if (statement.kind !== 'snat' && statement.kind !== 'dnat') return undefined;
  const { family, to } = statement;
  if (family !== undefined) return family === 'ip' ? 4 : 6;
  return 'kind' in to || to.address === undefined ? undefined : familyOf(to.address);
};

const chainsOf = (statements: readonly NftStatement[], scope: RuleScope): readonly Chain[] =>
  statements.flatMap(verdictsIn).flatMap((verdict) => chainOf(verdict, scope));

const chainOf = (verdict: NftVerdict, scope: RuleScope): readonly Chain[] =>
  verdict.kind === 'jump' || verdict.kind === 'goto' ? [scope.chain(verdict.chain)] : [];

/** Verdicts that a statement itself may take, not counting those of named maps. */
const verdictsIn = (statement: NftStatement): readonly NftVerdict[] => {
  switch (statement.kind) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
    case 'jump':
    case 'goto':
      return [statement];
    case 'vmap':
      return isSetReference(statement.map) ? [] : statement.map.elements.map(({ data }) => data);
    default:
      return [];
  }
};

/** Each set once, however often the rule names it. */
const setNamesOf = (statements: readonly NftStatement[]): readonly string[] => [
  ...new Set(statements.flatMap(namesIn)),
];

const namesIn = (statement: NftStatement): readonly string[] => {
  const lookup = mapLookupIn(statement);
  if (lookup !== undefined) return isSetReference(lookup.map) ? [lookup.map.set] : [];
  switch (statement.kind) {
    case 'match':
      return isSetReference(statement.right) ? [statement.right.set] : [];
    case 'vmap':
      return isSetReference(statement.map) ? [statement.map.set] : [];
    case 'set-update':
      return [statement.set];
    default:
      return [];
  }
};

/** What a statement reads off packets. */
const operandsIn = (statement: NftStatement): readonly NftOperand[] => {
  const key = keyIn(statement);
  if (key !== undefined) return operandsOf(key);
  if (statement.kind === 'set-field') return [statement.field];
  return statement.kind === 'set-mark' && isOperand(statement.value) ? [statement.value] : [];
};

const keyIn = (statement: NftStatement): NftLookupKey | undefined => {
  switch (statement.kind) {
    case 'match':
      return statement.left;
    case 'vmap':
    case 'set-update':
      return statement.key;
    default:
      return mapLookupIn(statement)?.key;
  }
};

const mapLookupIn = (statement: NftStatement): NftMapLookup | undefined => {
  switch (statement.kind) {
    case 'set-mark':
      return typeof statement.value === 'object' && statement.value.kind === 'map'
        ? statement.value
        : undefined;
    case 'snat':
    case 'dnat':
      return 'kind' in statement.to ? statement.to : undefined;
    default:
      return undefined;
  }
};
