import { LineCounter } from 'yaml';
import type { FieldPath } from '../read/field.ts';
import { childOffsets, skipSpace, skipValue, valueOfMember } from './json-scan.ts';
import type { ManifestDocument, Place } from './manifest-document.ts';

/** The values of a stream of JSON, or `undefined` when the text is not well-formed JSON throughout. */
export const jsonDocuments = (text: string): ManifestDocument[] | undefined => {
  const documents: ManifestDocument[] = [];
  const places = new JsonPlaces(text);
  let offset = skipSpace(text, 0);
  if (offset === text.length) return undefined;
  while (offset < text.length) {
    // Other than objects and lists, values mean something else in YAML.
    if (!'{['.includes(text.charAt(offset))) return undefined;
    const start = offset;
    const end = skipValue(text, start);
    const value = parseOrUndefined(text.slice(start, end));
    if (value === undefined) return undefined;
    documents.push({
      index: documents.length + 1,
      value,
      locate: (path) => places.locate(start, path),
    });
    offset = skipSpace(text, end);
  }
  return documents;
};

const parseOrUndefined = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Finds where parts of a JSON text are written. Each object or list is scanned once, when asked into. */
class JsonPlaces {
  readonly #text: string;
  readonly #children = new Map<number, Map<string | number, number>>();
  #lines: LineCounter | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The place of the deepest part of `path` that is there, in the value at `start`. */
  locate(start: number, path: FieldPath): Place {
    let place = start;
    let value = start;
    for (const key of path) {
      const child = this.#childrenOf(value).get(key);
      if (child === undefined) break;
      place = child;
      value = typeof key === 'string' ? valueOfMember(this.#text, child) : child;
    }
    const { line, col } = this.#lineCounter().linePos(place);
    return { line, column: col };
  }

  #childrenOf(offset: number): Map<string | number, number> {
    let children = this.#children.get(offset);
    if (children === undefined) {
      children = childOffsets(this.#text, offset);
      this.#children.set(offset, children);
    }
    return children;
  }

  #lineCounter(): LineCounter {
    if (this.#lines === undefined) {
      this.#lines = new LineCounter();
      this.#lines.addNewLine(0);
      for (let at = this.#text.indexOf('\n'); at >= 0; at = this.#text.indexOf('\n', at + 1)) {
        this.#lines.addNewLine(at + 1);
      }
    }
    return this.#lines;
  }
}
