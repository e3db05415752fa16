import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { isObject } from '../read/field.ts';

/** Content that is well-formed YAML but no JSON value, or a trap. */
export class YamlValueError extends Error {
  readonly offset: number;
  readonly reason: string;
  readonly expected: string;

  constructor(node: Node | undefined, reason: string, expected: string) {
    super(reason);
    this.offset = node?.range?.[0] ?? 0;
    this.reason = reason;
    this.expected = expected;
  }
}

/** How many values aliases may stand for in one document: enough for any manifest, too few for a bomb. */
const MOST_ALIASED_VALUES = 1_000_000;

/** Spellings that Kubernetes' YAML 1.1 reader takes for booleans and YAML 1.2 for strings. */
const BOOLEANS = new Map<unknown, boolean>([
  ...['yes', 'Yes', 'YES', 'on', 'On', 'ON'].map((text) => [text, true] as const),
  ...['no', 'No', 'NO', 'off', 'Off', 'OFF'].map((text) => [text, false] as const),
]);

interface Sized {
  readonly value: unknown;
  /** Values in it once every alias is written out. */
  readonly size: number;
}

/**
 * A syntax tree as plain JSON values, in one linear pass. Aliases become shared values, never copies,
 * and cannot be circular. `targets` leads from each alias to the node it stands for.
 * Throws `YamlValueError`.
 */
export const plainValueOf = (root: Node): { value: unknown; targets: Map<Node, Node> } => {
  const anchors = new Map<string, { node: Node; sized: Sized }>();
  const targets = new Map<Node, Node>();
  let aliased = 0;

  const convert = (node: Node | null | undefined): Sized => {
    if (node === null || node === undefined) return { value: null, size: 1 };
    if (isAlias(node)) return resolve(node);
    const sized = isMap<Node, Node | null>(node)
      ? convertMap(node)
      : isSeq<Node>(node)
        ? convertList(node.items)
        : { value: isScalar(node) ? scalarValue(node) : null, size: 1 };
    const anchor = 'anchor' in node ? node.anchor : undefined;
    // Registered only when complete, so that nothing can hold itself.
    if (typeof anchor === 'string') anchors.set(anchor, { node, sized });
    return sized;
  };

  const resolve = (alias: Alias): Sized => {
    const target = anchors.get(alias.source);
    if (target === undefined) {
      const reason = `*${alias.source} stands for nothing written above it`;
      throw new YamlValueError(alias, reason, `an anchor &${alias.source} that ends before it`);
    }
    aliased += target.sized.size;
    if (aliased > MOST_ALIASED_VALUES) {
      const expected = `aliases that stand for at most ${MOST_ALIASED_VALUES} values`;
      throw new YamlValueError(alias, 'aliases of aliases multiply without end', expected);
    }
    targets.set(alias, target.node);
    return target.sized;
  };

  const convertList = (items: readonly Node[]): Sized => {
    let size = 1;
    const value = items.map((item) => {
      const sized = convert(item);
      size += sized.size;
      return sized.value;
    });
    return { value, size };
  };

  const convertMap = (map: YAMLMap<Node, Node | null>): Sized => {
    const value: Record<string, unknown> = {};
    const merged: unknown[] = [];
    let size = 1;
    for (const pair of map.items) {
      const key = keyOf(pair.key);
      const sized = convert(pair.value);
      size += sized.size;
      if (key === '<<' && isPlain(pair.key)) {
        merged.push(sized.value);
      } else if (Object.hasOwn(value, key)) {
        throw new YamlValueError(pair.key, `the key ${key} is there twice`, 'each key once');
      } else define(value, key, sized.value);
    }
    for (const source of merged.flat()) {
      if (!isObject(source)) {
        throw new YamlValueError(map, '<< merges something that is no object', 'an object');
      }
      for (const [key, inherited] of Object.entries(source)) {
        if (!Object.hasOwn(value, key)) define(value, key, inherited);
      }
    }
    return { value, size };
  };

  return { value: convert(root).value, targets };
};

const scalarValue = (scalar: Scalar): unknown =>
  isPlain(scalar) ? (BOOLEANS.get(scalar.value) ?? scalar.value) : scalar.value;

const isPlain = (node: Node): boolean => isScalar(node) && node.type === 'PLAIN';

/** Keys are strings in JSON; numbers and booleans are written out as Kubernetes' reader does. */
const keyOf = (key: Node): string => {
  if (isScalar(key)) return String(key.value);
  throw new YamlValueError(key, 'a key is a list, an object or an alias', 'a string');
};

/** As an own property whatever its name; assigning `__proto__` would do something else. */
const define = (object: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === '__proto__') {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else object[key] = value;
};
