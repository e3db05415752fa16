import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { documentsOf } from './documents.ts';

const valuesIn = (text: string): unknown[] =>
  [...documentsOf(text)].map((document) =>
    'value' in document ? document.value : document.errors,
  );

/** Faults as `document:line:column reason`. */
const faultsIn = (text: string): string[] =>
  [...documentsOf(text)].flatMap((document) =>
    'errors' in document
      ? document.errors.map(
          ({ line, column, reason }) => `${document.index}:${line}:${column} ${reason}`,
        )
      : [],
  );

const placeIn = (text: string, path: (string | number)[], document = 0): string => {
  const found = [...documentsOf(text)][document];
  if (found === undefined || !('locate' in found)) return 'no document';
  const { line, column } = found.locate(path);
  return `${line}:${column}`;
};

describe('YAML', () => {
  test('documents, without the empty ones, which still count', () => {
    const text = 'a: 1\n---\n# nothing\n---\nb: 2\n...\n---\nnull\n';
    expect(valuesIn(text)).toEqual([{ a: 1 }, { b: 2 }]);
    expect([...documentsOf(text)].map(({ index }) => index)).toEqual([1, 3]);
    expect(valuesIn('')).toEqual([]);
    expect(valuesIn('# only a comment\n')).toEqual([]);
  });

  test('booleans as Kubernetes reads them, keys as strings', () => {
    expect(valuesIn('{a: yes, b: "yes", c: OFF, 8080: x, true: y}')).toEqual([
      { a: true, b: 'yes', c: false, 8080: 'x', true: 'y' },
    ]);
  });

  test('anchors, aliases and merges', () => {
    const text =
      'base: &b {x: 1, y: 2}\nsame: *b\nmore:\n  <<: *b\n  y: 3\nboth: {<<: [{x: 4}, *b]}\n';
    expect(valuesIn(text)).toEqual([
      { base: { x: 1, y: 2 }, same: { x: 1, y: 2 }, more: { x: 1, y: 3 }, both: { x: 4, y: 2 } },
    ]);
  });

  test('a key called __proto__ is a key', () => {
    const [value] = valuesIn('__proto__: {polluted: true}');
    expect(Object.keys(Object(value))).toEqual(['__proto__']);
    expect(Object(value).polluted).toBeUndefined();
  });

  test.each([
    [
      'a: [1, 2\nb: 3',
      '1:2:1 Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['ok: 1\n---\na:\n  b: 1\n c: 2', '2:5:1 All mapping items must start at the same column'],
    ['a: 1\nb: 2\na: 3', '1:3:1 the key a is there twice'],
    ['a: *nowhere', '1:1:4 *nowhere stands for nothing written above it'],
    ['a: &x [*x]', '1:1:8 *x stands for nothing written above it'],
    ['? [a, b]\n: 1', '1:1:3 a key is a list, an object or an alias'],
    ['a: 1\n<<: 7', '1:1:1 << merges something that is no object'],
  ])('%j: %s', (text, expected) => {
    expect(faultsIn(text)[0]).toBe(expected);
  });

  test('aliases that multiply without end are refused before they are written out', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const parts =
        level === 0
          ? 'x'
          : Array(10)
              .fill(`*a${level - 1}`)
              .join(', ');
      return `a${level}: &a${level} [${parts}]`;
    });
    expect(faultsIn(levels.join('\n'))[0]).toMatch(/^1:7:\d+ aliases of aliases multiply/);
  });

  test('nesting that no parser could follow is refused', () => {
    const faults = faultsIn('['.repeat(100_000));
    expect(faults.length).toBeGreaterThan(0);
    expect(faultsIn(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`).length).toBeGreaterThan(0);
  });

  test('places: a member at its key, an item at its start, what is missing where it would be', () => {
    const text = 'one: 1\n---\nspec:\n  ports:\n  - port: 80\n    name: web\n  - {port: 81}\n';
    expect(placeIn(text, [], 1)).toBe('3:1');
    expect(placeIn(text, ['spec', 'ports', 0, 'name'], 1)).toBe('6:5');
    expect(placeIn(text, ['spec', 'ports', 1], 1)).toBe('7:5');
    expect(placeIn(text, ['spec', 'ports', 1, 'port'], 1)).toBe('7:6');
    expect(placeIn(text, ['spec', 'ports', 1, 'protocol'], 1)).toBe('7:5');
    expect(placeIn(text, ['spec', 'type'], 1)).toBe('3:1');
  });

  test('places behind an alias are where the value is written', () => {
    expect(placeIn('a: &x\n  b: 1\nc: *x\n', ['c', 'b'])).toBe('2:3');
  });
});

describe('JSON', () => {
  test('a stream of values', () => {
    expect(valuesIn('{"a": 1}\n{"b": "}{\\\\\\""} [3]')).toEqual([{ a: 1 }, { b: '}{\\"' }, [3]]);
  });

  test('places', () => {
    const text =
      '{\n  "spec": {\n    "ports": [\n      {"port": 80, "na\\u006de": "a]"}, 7\n    ]\n  }\n}\n {"b": 1}';
    expect(placeIn(text, [])).toBe('1:1');
    expect(placeIn(text, ['spec', 'ports', 0])).toBe('4:7');
    expect(placeIn(text, ['spec', 'ports', 0, 'name'])).toBe('4:20');
    expect(placeIn(text, ['spec', 'ports', 1])).toBe('4:40');
    expect(placeIn(text, ['spec', 'missing', 'deeper'])).toBe('2:3');
    expect(placeIn(text, ['b'], 1)).toBe('8:3');
  });

  test('broken JSON is read as YAML, which says where it breaks', () => {
    expect(faultsIn('{\n  "a": 1,\n  "b": [1, 2\n}\n')[0]).toMatch(/^1:4:1 /);
    expect(valuesIn('{a: 1, b: [2]}')).toEqual([{ a: 1, b: [2] }]);
  });

  test('any value comes back, and every part of it is where it is found to be', () => {
    const value = fc.oneof(
      fc.object({ maxDepth: 3, withNullPrototype: false }),
      fc.array(fc.jsonValue()),
    );
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 3 }), (some, indent) => {
        const text = JSON.stringify(some, null, indent);
        fc.pre(text !== undefined);
        expect(valuesIn(text)).toEqual([JSON.parse(text)]);
        const [first] = Object.keys(JSON.parse(text));
        if (first === undefined || Array.isArray(some)) return;
        const [line = 0, column = 0] = placeIn(text, [first]).split(':').map(Number);
        const at = text.split('\n')[line - 1]?.slice(column - 1) ?? '';
        expect(at.startsWith(JSON.stringify(first))).toBe(true);
      }),
    );
  });
});

test('what is written as YAML is read as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const plain = JSON.parse(JSON.stringify(value));
      fc.pre(Object.keys(plain).length > 0);
      expect(valuesIn(stringify(plain, { version: '1.1' }))).toEqual([plain]);
    }),
  );
});

test('any text gives documents or faults with places, never an exception', () => {
  const snippet = fc.constantFrom(
    'a: ',
    '- ',
    '&x ',
    '*x',
    '---\n',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '\n',
    '  ',
    '<<: ',
    '|\n',
    '? ',
    '%YAML',
    '!!str ',
    '\t',
    ': ',
    '0x1',
    '\uD800',
  );
  const text = fc
    .array(fc.oneof(snippet, fc.string({ maxLength: 4 })))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (some) => {
      for (const document of documentsOf(some)) {
        if (!('errors' in document)) continue;
        for (const { line, column } of document.errors) {
          expect(Math.min(line, column)).toBeGreaterThan(0);
        }
      }
    }),
    { numRuns: 2000 },
  );
});
