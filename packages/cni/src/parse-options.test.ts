import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseOptions } from './parse-options.ts';
import { OptionsError } from './plugin.ts';

const schema = z.strictObject({
  mtu: z.int('a whole number of bytes').default(1450),
  pools: z.array(z.strictObject({ cidr: z.string('an address block') })).optional(),
});

const problem = (input: unknown): OptionsError => {
  try {
    parseOptions('mine', schema, input);
  } catch (error) {
    if (error instanceof OptionsError) return error;
  }
  throw new Error('it was taken');
};

describe('options from outside', () => {
  it('may be missing altogether: then the defaults hold', () => {
    expect(parseOptions('mine', schema, undefined)).toEqual({ mtu: 1450 });
  });

  it('name the plugin, the field, what is wrong and what would be right', () => {
    expect(problem({ mtu: 'big' }).message).toBe(
      'mine: mtu: is "big"; expected a whole number of bytes',
    );
    expect(problem({ pools: [{ cidr: 'x' }, { cidr: 7 }] }).field).toBe('pools[1].cidr');
  });

  it('say which fields there are where one is unknown', () => {
    expect(problem({ mtuu: 1 }).message).toBe(
      'mine: mtuu: is no option; expected one of mtu, pools',
    );
    expect(problem({ pools: [{ cird: 'x' }] })).toMatchObject({
      field: 'pools[0].cird',
      expected: 'one of cidr',
    });
  });

  it.each([42, 'x', [], null])('are an object, which %j is not', (input) => {
    if (input === null) expect(parseOptions('mine', schema, input)).toEqual({ mtu: 1450 });
    else
      expect(problem(input)).toMatchObject({ field: 'options', expected: 'an object of options' });
  });
});
