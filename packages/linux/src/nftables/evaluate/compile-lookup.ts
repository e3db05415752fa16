import { refuse } from '../check/refuse.ts';
import type { NftDatatype } from '../model/datatype.ts';
import { type NftLookupKey, operandDatatype, operandsOf } from '../model/operand.ts';
import {
  isSetReference,
  type NftAnonymousSet,
  type NftMapLookup,
  type NftSetReference,
  type NftVerdict,
  type NftVerdictMap,
} from '../model/statement.ts';
import {
  isConcatenation,
  isPrefix,
  isRange,
  type NftKey,
  type NftScalar,
  placesOf,
} from '../model/value.ts';
import { isSingle } from '../sets/encode-key.ts';
import { NftSet, type SetEnvironment } from '../sets/nft-set.ts';
import type { ValuesReader } from './compile-nat.ts';
import { keyWriter } from './lookup-key.ts';
import {
  type Chain,
  type CompiledVerdict,
  count,
  type Evaluation,
  isCompiledVerdict,
  isSameData,
  type MapData,
  type NamedSet,
  type StatementFunction,
  Step,
} from './objects.ts';

/** The names that a rule may use: those of its table. Throws when there is none of that name. */
export interface RuleScope {
  chain(name: string): Chain;
  set(name: string): NamedSet;
  readonly env: SetEnvironment;
}

/** The set that a comparison looks into. */
export const setOf = (
  key: NftLookupKey,
  right: NftSetReference | NftAnonymousSet,
  scope: RuleScope,
): NftSet<MapData> => {
  if (isSetReference(right)) return scope.set(right.set).set;
  const set = anonymousSet<MapData>(typesOf(key), right.elements, scope.env);
  for (const element of right.elements) add(set, element, undefined);
  return set;
};

/** `vmap`: no verdict for the key ends the rule. */
export const compileVerdictMap = (
  { key, map }: NftVerdictMap,
  scope: RuleScope,
): StatementFunction => {
  const write = keyWriter(key);
  const set = isSetReference(map)
    ? scope.set(map.set).set
    : anonymousMap(key, map.elements, (verdict) => compileVerdict(verdict, scope), scope.env);
  return (at) => {
    const data = write(at) ? dataOf(set, at) : undefined;
    if (!isCompiledVerdict(data)) return Step.BREAK;
    at.chain = data.chain;
    return data.step;
  };
};

const dataOf = (set: NftSet<MapData>, at: Evaluation): MapData | undefined => {
  const found = set.find(at.key);
  if (found !== undefined) count(found, at);
  return found?.data;
};

export const valuesReader = ({ key, map }: NftMapLookup, scope: RuleScope): ValuesReader => {
  const write = keyWriter(key);
  const set = isSetReference(map)
    ? scope.set(map.set).set
    : anonymousMap(key, map.elements, scalarsOf, scope.env);
  return (at) => {
    const data = write(at) ? dataOf(set, at) : undefined;
    return isCompiledVerdict(data) ? undefined : data;
  };
};

export const compileVerdict = (
  verdict: NftVerdict,
  scope: Pick<RuleScope, 'chain'>,
): CompiledVerdict =>
  verdict.kind === 'jump' || verdict.kind === 'goto'
    ? { step: STEPS[verdict.kind], chain: scope.chain(verdict.chain) }
    : { step: STEPS[verdict.kind], chain: undefined };

const STEPS = {
  accept: Step.ACCEPT,
  drop: Step.DROP,
  return: Step.RETURN,
  continue: Step.NEXT,
  jump: Step.JUMP,
  goto: Step.GOTO,
} as const satisfies Record<NftVerdict['kind'], Step>;

/** The values that a map has for one key, place by place. */
export const scalarsOf = (data: NftKey): readonly NftScalar[] =>
  placesOf(data).map((value) =>
    isRange(value) ? value.first : isPrefix(value) ? value.address : value,
  );

const anonymousMap = <Data>(
  key: NftLookupKey,
  elements: readonly { readonly key: NftKey; readonly data: Data }[],
  compile: (data: Data) => MapData,
  env: SetEnvironment,
): NftSet<MapData> => {
  const keys = elements.map((element) => element.key);
  const set = anonymousSet<MapData>(typesOf(key), keys, env);
  for (const element of elements) add(set, element.key, compile(element.data));
  return set;
};

const anonymousSet = <Data>(
  key: readonly NftDatatype[],
  elements: readonly NftKey[],
  env: SetEnvironment,
): NftSet<Data> => {
  const interval = !elements.every((element) =>
    isConcatenation(element) ? element.every(isSingle) : isSingle(element),
  );
  return new NftSet(interval ? { key, interval } : { key }, env);
};

const add = (set: NftSet<MapData>, key: NftKey, data: MapData | undefined): void => {
  const encoded = set.encode({ key }, data);
  const there = set.conflict(encoded);
  if (there === undefined) set.add(encoded);
  // What is there twice is kept once.
  else if (set.same(encoded) !== there || !isSameData(there.data, encoded.data)) {
    refuse('EEXIST', 'two elements of the map overlap');
  }
};

const typesOf = (key: NftLookupKey): readonly NftDatatype[] => operandsOf(key).map(operandDatatype);
