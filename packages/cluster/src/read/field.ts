import type { FieldProblem, ProblemType } from '../problem.ts';

/** Keys from the object's root: names of members, indices of list items. */
export type FieldPath = readonly (string | number)[];

/** A problem together with the keys that lead to it, so that its line can be found. */
export interface Finding extends FieldProblem {
  readonly path: FieldPath;
}

/**
 * A value inside an API object, with the path to it. Reading it as some type reports what does not fit
 * and gives `undefined`, so that one pass both parses an object and collects every problem in it.
 * `null` counts as absent, as everywhere in the Kubernetes API.
 */
export class Field {
  readonly value: unknown;
  readonly #parent: Field | undefined;
  readonly #key: string | number;
  readonly #findings: Finding[];

  private constructor(
    value: unknown,
    parent: Field | undefined,
    key: string | number,
    findings: Finding[],
  ) {
    this.value = value;
    this.#parent = parent;
    this.#key = key;
    this.#findings = findings;
  }

  /** The object itself. What is found wrong in it is pushed onto `findings`. */
  static root(value: unknown, findings: Finding[]): Field {
    return new Field(value, undefined, '', findings);
  }

  get absent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** Keys from the root. */
  get path(): FieldPath {
    return this.#parent === undefined ? [] : [...this.#parent.path, this.#key];
  }

  /** A member of an object; absent when this is absent or no object (`members` and `object` report that). */
  at(key: string): Field {
    const value =
      isObject(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    return new Field(value, this, key, this.#findings);
  }

  /** This field if it is an object or absent; otherwise reports it and gives an absent one. */
  object(): Field {
    if (this.absent || isObject(this.value)) return this;
    this.wrongType('an object');
    return new Field(undefined, this.#parent, this.#key, this.#findings);
  }

  /** Every member of an object, in its order. Absent is none. */
  members(): readonly (readonly [string, Field])[] {
    const { value } = this.object();
    if (!isObject(value)) return [];
    return Object.keys(value).map((key) => [key, this.at(key)]);
  }

  /** Every item of a list. Absent is none. */
  items(): readonly Field[] {
    if (this.absent) return [];
    if (!Array.isArray(this.value)) {
      this.wrongType('a list');
      return [];
    }
    return this.value.map((item: unknown, index) => new Field(item, this, index, this.#findings));
  }

  string(): string | undefined {
    if (this.absent) return undefined;
    if (typeof this.value === 'string') return this.value;
    const quoted = isScalar(this.value) ? `: quote it, "${String(this.value)}"` : '';
    this.wrongType(`a string${quoted}`);
    return undefined;
  }

  /** A string that is not empty. */
  text(): string | undefined {
    return this.string() || undefined;
  }

  boolean(): boolean | undefined {
    if (this.absent) return undefined;
    if (typeof this.value === 'boolean') return this.value;
    this.wrongType('true or false');
    return undefined;
  }

  /** A whole number. */
  integer(): number | undefined {
    if (this.absent) return undefined;
    if (typeof this.value === 'number' && Number.isSafeInteger(this.value)) return this.value;
    this.wrongType('a whole number');
    return undefined;
  }

  /** A whole number within inclusive bounds. */
  integerWithin(lowest: number, highest: number): number | undefined {
    const value = this.integer();
    if (value === undefined || (value >= lowest && value <= highest)) return value;
    this.invalid(`${value} is out of range`, `a number between ${lowest} and ${highest}`);
    return undefined;
  }

  /** One of an enumeration's values, spelled exactly so. */
  oneOf<T extends string>(allowed: readonly T[]): T | undefined {
    const value = this.string();
    if (value === undefined) return undefined;
    const found = allowed.find((one) => one === value);
    if (found === undefined) {
      this.report(
        'FieldValueNotSupported',
        `${show(value)} is not supported`,
        allowed.join(' or '),
      );
    }
    return found;
  }

  /** Reports that the field has to be there. */
  required(reason: string, expected: string): void {
    this.report('FieldValueRequired', reason, expected);
  }

  invalid(reason: string, expected: string): void {
    this.report('FieldValueInvalid', reason, expected);
  }

  /** `at` moves the place, not the field's name: the API server reports a bad label under the whole map. */
  report(type: ProblemType, reason: string, expected: string, at: Field = this): void {
    this.#findings.push({ type, field: formatPath(this.path), path: at.path, reason, expected });
  }

  wrongType(expected: string): void {
    this.invalid(`${show(this.value)} is not ${expected.split(':')[0]}`, expected);
  }
}

/** `spec.ingress[0].from`: as the API server writes field paths. */
const formatPath = (path: FieldPath): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');

const LONGEST_SHOWN = 60;

/** A value for people: short, on one line. */
export const show = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isScalar = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'boolean';
