import type { LabelExpression } from '../label-expression.ts';
import { NAMESPACE } from '../scoped-labels.ts';
import { type Labelled, type LabelSources, labelsRead, requirementsOf } from './labelled.ts';

/** Finds the items whose expressions may hold for a thing, without going through all of them. */
export class ExpressionIndex<Item> {
  readonly #sources: LabelSources;
  /** By a label and value that the expression cannot do without. */
  readonly #buckets = new Map<string, Set<Item>>();
  readonly #rest = new Set<Item>();
  /** By the labels of namespaces that are read. */
  readonly #readers = new Map<string, Set<Item>>();

  constructor(sources: LabelSources) {
    this.#sources = sources;
  }

  /** `needed`: does not hold where this one does not; absent: may hold for anything. */
  add(item: Item, needed: LabelExpression | undefined, read: readonly LabelExpression[]): void {
    const keys = needed === undefined ? undefined : keysOf(needed);
    for (const key of keys ?? []) put(this.#buckets, key, item);
    if (keys === undefined) this.#rest.add(item);
    for (const label of read.flatMap((one) => [...labelsRead(one)])) {
      if (label.startsWith('namespace:')) put(this.#readers, label, item);
    }
  }

  remove(item: Item, needed: LabelExpression | undefined, read: readonly LabelExpression[]): void {
    for (const key of (needed === undefined ? undefined : keysOf(needed)) ?? []) {
      this.#buckets.get(key)?.delete(item);
    }
    this.#rest.delete(item);
    for (const label of read.flatMap((one) => [...labelsRead(one)])) {
      this.#readers.get(label)?.delete(item);
    }
  }

  /** Never too few, each once. */
  candidates(things: readonly Labelled[]): ReadonlySet<Item> {
    const found = new Set(this.#rest);
    const take = (label: string, value: string): void => {
      for (const item of this.#buckets.get(`${label}=${value}`) ?? []) found.add(item);
    };
    for (const { own, namespace } of things) {
      for (const [label, value] of Object.entries(own)) take(label, value);
      if (namespace === undefined) continue;
      take(NAMESPACE, namespace);
      for (const [label, value] of Object.entries(this.#sources.namespaceLabels(namespace))) {
        take(`namespace:${label}`, value);
      }
    }
    return found;
  }

  /** Whose expressions read a label of namespaces. */
  readersOf(label: string): Iterable<Item> {
    return this.#readers.get(`namespace:${label}`) ?? [];
  }
}

/** The namespace first, which narrows best. */
const keysOf = (expression: LabelExpression): readonly string[] | undefined => {
  const usable = requirementsOf(expression).filter(
    ({ label }) => label === NAMESPACE || !label.includes(':') || label.startsWith('namespace:'),
  );
  const best =
    usable.find(({ label }) => label === NAMESPACE) ??
    usable.find(({ label }) => !label.includes(':')) ??
    usable[0];
  return best?.values.map((value) => `${best.label}=${value}`);
};

const put = <Item>(map: Map<string, Set<Item>>, key: string, item: Item): void => {
  const items = map.get(key);
  if (items === undefined) map.set(key, new Set([item]));
  else items.add(item);
};
