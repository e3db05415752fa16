import { describe, expect, it } from 'vitest';
import { OptionError, readOptions, USAGE } from './options.ts';

describe('options of the fuzzer', () => {
  it('have usual values', () => {
    expect(readOptions([])).toEqual({ seed: 1, setups: 200, flows: 10, workers: 4, show: 3 });
  });

  it('are read', () => {
    const argv = ['--seed', '7', '--setups=25', '--json', 'a.json', '--shrink', 'small'];
    expect(readOptions(argv)).toMatchObject({
      seed: 7,
      setups: 25,
      json: 'a.json',
      shrink: 'small',
    });
  });

  it('may ask for help, which names them all', () => {
    expect(readOptions(['--help'])).toBeUndefined();
    for (const name of ['seed', 'setups', 'flows', 'workers', 'show', 'shrink', 'record', 'json']) {
      expect(USAGE).toContain(`--${name} `);
    }
  });

  it.each([
    [['--seed', 'x'], '--seed x: expected a whole number from 0 to 4294967295'],
    [['--seed', '1.5'], 'a whole number'],
    [['--setups', '0'], '--setups 0: expected a whole number from 1 to 1000000'],
    [['--workers', '65'], 'from 1 to 64'],
    [['--sed', '1'], '--sed'],
    [['--json'], '--json'],
    [['more'], 'more'],
  ])('are refused: %j', (argv, said) => {
    expect(() => readOptions(argv)).toThrow(OptionError);
    expect(() => readOptions(argv)).toThrow(said);
  });
});
