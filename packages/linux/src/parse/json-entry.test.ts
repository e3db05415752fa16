import { describe, expect, it } from 'vitest';
import { type JsonEntry, readJsonEntries } from './json-entry.ts';

const first = (text: string): JsonEntry => {
  const [entry] = readJsonEntries(text, 'ip.json');
  if (entry === undefined) throw new Error('no entry');
  return entry;
};

describe('JSON of iproute2', () => {
  it('is an array of objects, or nothing at all', () => {
    expect(readJsonEntries('', 'ip.json')).toEqual([]);
    expect(readJsonEntries('[ ]\n', 'ip.json')).toEqual([]);
    expect(readJsonEntries('[{},{"a":1},{}]', 'ip.json')).toHaveLength(1);
  });

  it.each([
    ['[{"a":1', 'ip.json:1:8: broken JSON'],
    ['[{"a":1},\n{"b" 2}]', 'ip.json:2:6: broken JSON'],
    ['{"a":1}', 'ip.json: an object instead of an array; expected an array of objects'],
    ['[1]', 'ip.json: [0]: "1" instead of an object; expected an object'],
    ['[null]', 'ip.json: [0]: null instead of an object; expected an object'],
  ])('is refused when it is not: %s', (text, message) => {
    expect(() => readJsonEntries(text, 'ip.json')).toThrow(message);
  });

  it('has fields of the types that are asked for', () => {
    const entry = first(
      '[{"t":"x","n":5,"f":true,"z":null,"a":["b"],"o":{"p":{"q":1}},"i":"10.0.0.1"}]',
    );
    expect(entry.text('t')).toBe('x');
    expect(entry.integer('n')).toBe(5);
    expect([entry.flag('f'), entry.flag('z'), entry.flag('t'), entry.flag('none')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(entry.texts('a')).toEqual(['b']);
    expect(entry.object('o')?.object('p')?.integer('q')).toBe(1);
    expect(entry.ip('i')).toBe(0x0a00_0001);
    expect(entry.optionalText('none')).toBeUndefined();
  });

  it('names the field that is wrong', () => {
    const entry = first('[{"t":5,"n":"x","a":[1],"o":[],"i":"10.0.0","m":"zz"}]');
    expect(() => entry.text('t')).toThrow('ip.json: [0].t: "5" instead of a text; expected a text');
    expect(() => entry.text('none')).toThrow('ip.json: [0].none: missing; expected a text');
    expect(() => entry.integer('n')).toThrow('ip.json: [0].n: "x" instead of a number');
    expect(() => entry.texts('a')).toThrow('ip.json: [0].a: an array instead of texts');
    expect(() => entry.object('o')).toThrow('ip.json: [0].o: an array instead of an object');
    expect(() => entry.ip('i')).toThrow('ip.json: [0].i: "10.0.0" has 3 octets instead of 4');
    expect(() => entry.optionalMac('m')).toThrow('ip.json: [0].m: "zz" is no MAC address');
    expect(() => entry.allowOnly(new Set(['t']), 'routes')).toThrow(
      'ip.json: [0].n: routes with n are not supported; expected none such',
    );
  });
});
