import type { CalicoSelector, LabelLookup } from '@podpath/cluster';

interface Labelled {
  readonly labels: LabelLookup;
}

/**
 * Finds things by the values of their labels, so that a selector need not be asked of all of them. A label is looked
 * through when a selector first asks for it.
 */
export class LabelValues<T extends Labelled> {
  readonly #things: readonly T[];
  readonly #order: ReadonlyMap<T, number>;
  readonly #byLabel = new Map<string, ReadonlyMap<string, readonly T[]>>();

  constructor(things: readonly T[]) {
    this.#things = things;
    this.#order = new Map(things.map((thing, index) => [thing, index]));
  }

  /** In order, all that may satisfy the selector, and maybe more; `undefined` where any of them may. */
  candidates(selector: CalicoSelector): readonly T[] | undefined {
    switch (selector.kind) {
      case 'has':
        return this.#union([...this.#valuesOf(selector.label).values()]);
      case '==':
        return this.#having(selector.label, selector.value);
      case 'in':
        return this.#union(
          [...new Set(selector.values)].map((value) => this.#having(selector.label, value)),
        );
      case 'and':
        return selector.operands.reduce<readonly T[] | undefined>((fewest, operand) => {
          const found = this.candidates(operand);
          return found !== undefined && found.length < (fewest?.length ?? Infinity)
            ? found
            : fewest;
        }, undefined);
      case 'or': {
        const found = selector.operands.map((operand) => this.candidates(operand));
        return found.every((each) => each !== undefined) ? this.#union(found) : undefined;
      }
      default:
        return undefined;
    }
  }

  #having(label: string, value: string): readonly T[] {
    return this.#valuesOf(label).get(value) ?? [];
  }

  #valuesOf(label: string): ReadonlyMap<string, readonly T[]> {
    const known = this.#byLabel.get(label);
    if (known !== undefined) return known;
    const values = new Map<string, T[]>();
    for (const thing of this.#things) {
      const value = thing.labels(label);
      if (value === undefined) continue;
      const list = values.get(value);
      if (list === undefined) values.set(value, [thing]);
      else list.push(thing);
    }
    this.#byLabel.set(label, values);
    return values;
  }

  #union(lists: readonly (readonly T[])[]): readonly T[] {
    const [only, ...others] = lists;
    if (only === undefined || others.length === 0) return only ?? [];
    const place = (thing: T): number => this.#order.get(thing) ?? 0;
    return [...new Set(lists.flat())].sort((a, b) => place(a) - place(b));
  }
}
