import {
  Composer,
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
} from 'yaml';
import type { FieldPath } from '../read/field.ts';
import type { ManifestDocument, Place, SyntaxFault } from './manifest-document.ts';
import { plainValueOf, YamlValueError } from './yaml-value.ts';

const MOST_FAULTS = 20;

/** The documents of a YAML text, one at a time. Documents without content are left out, but counted. */
export function* yamlDocuments(text: string): Generator<ManifestDocument> {
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const tokens = new Parser(lines.addNewLine).parse(text);
  // Duplicate keys are found by `plainValueOf`: the parser's own check is quadratic.
  const documents = new Composer({ prettyErrors: false, uniqueKeys: false }).compose(tokens);
  let index = 0;
  try {
    for (const document of documents) {
      index += 1;
      const read = readDocument(document, index, placeOf);
      if (read !== undefined) yield read;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    yield { index: index + 1, errors: [tooDeep(placeOf(text.length))] };
  }
}

const readDocument = (
  document: Document.Parsed,
  index: number,
  placeOf: (offset: number) => Place,
): ManifestDocument | undefined => {
  if (document.errors.length > 0) {
    const errors = document.errors.slice(0, MOST_FAULTS).map((error) => ({
      ...placeOf(error.pos[0]),
      reason: firstLine(error.message),
      expected: 'well-formed YAML',
    }));
    return { index, errors };
  }
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return undefined;
  try {
    const { value, targets } = plainValueOf(root);
    return {
      index,
      value,
      locate: (path) => placeOf(offsetOf(root, path, targets)),
    };
  } catch (error) {
    if (error instanceof YamlValueError) {
      const { reason, expected } = error;
      return { index, errors: [{ ...placeOf(error.offset), reason, expected }] };
    }
    if (error instanceof RangeError) return { index, errors: [tooDeep(placeOf(startOf(root)))] };
    throw error;
  }
};

/** Where the deepest part of `path` that is there is written: a member's key, a list item's start. */
const offsetOf = (root: Node, path: FieldPath, targets: ReadonlyMap<Node, Node>): number => {
  let offset = startOf(root);
  let node: Node | undefined = root;
  for (const key of path) {
    const collection: Node | undefined =
      node === undefined ? undefined : (targets.get(node) ?? node);
    if (isMap<Node, Node | null>(collection)) {
      const pair: Pair<Node, Node | null> | undefined = collection.items.findLast(
        (item) => isScalar(item.key) && String(item.key.value) === key,
      );
      if (pair === undefined) break;
      offset = startOf(pair.key);
      node = pair.value ?? undefined;
    } else if (isSeq<Node>(collection) && typeof key === 'number') {
      const item: Node | undefined = collection.items[key];
      if (item === undefined) break;
      offset = startOf(item);
      node = item;
    } else break;
  }
  return offset;
};

const startOf = (node: Node): number => node.range?.[0] ?? 0;

const firstLine = (message: string): string => message.split('\n', 1)[0] ?? message;

const tooDeep = (place: Place): SyntaxFault => ({
  ...place,
  reason: 'lists and objects are nested too deeply',
  expected: 'a Kubernetes object',
});
