import { OptionsError } from '@podpath/cni';
import { formatPrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { configure } from './options.ts';

const refusal = (options: unknown): OptionsError => {
  try {
    configure(options);
  } catch (error) {
    if (error instanceof OptionsError) return error;
    throw error;
  }
  throw new Error('it was taken');
};

describe('without options', () => {
  it('Weave is as its manifest sets it up', () => {
    const options = configure(undefined);
    expect(formatPrefix(options.range)).toBe('10.32.0.0/12');
    expect(options).toMatchObject({ mtuBytes: 1376, port: 6783, hairpinMode: true });
    expect(configure({})).toEqual(options);
  });
});

describe('given options', () => {
  it('replace the defaults', () => {
    const options = configure({
      range: '192.168.0.0/16',
      mtu: 1400,
      noMasqLocal: false,
      connections: [['a', 'b']],
      fastdp: true,
    });
    expect(formatPrefix(options.range)).toBe('192.168.0.0/16');
    expect(options).toMatchObject({
      mtuBytes: 1400,
      noMasqLocal: false,
      connections: [['a', 'b']],
    });
  });

  it.each([
    [{ range: 'fd00::/64' }, 'range'],
    [{ range: '10.32.0.0/31' }, 'range'],
    [{ range: 12 }, 'range'],
    [{ mtu: 8916 }, 'mtu'],
    [{ port: 65_535 }, 'port'],
    [{ hairpinMode: 'yes' }, 'hairpinMode'],
    [{ connections: [['a', 'b'], ['c']] }, 'connections[1]'],
    [{ connections: [['a', 7]] }, 'connections[0][1]'],
    [{ ipallocRange: '10.0.0.0/8' }, 'ipallocRange'],
    [[], 'options'],
    ['weave', 'options'],
  ])('that are wrong are refused: %j names %s', (options, field) => {
    expect(refusal(options).field).toBe(field);
  });

  it.each([
    ['fastdp', false],
    ['bridgedFastdp', false],
    ['encryption', true],
    ['awsvpc', true],
    ['expectNpc', false],
  ])('%s: %s is refused, because it is not emulated', (field, value) => {
    const { field: named, expected } = refusal({ [field]: value });
    expect(named).toBe(field);
    expect(expected).toMatch(/emulated/);
  });
});
