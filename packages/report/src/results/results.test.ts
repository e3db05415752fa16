import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { benchmarks } from '../test-comparison.ts';
import { parseResults, ResultsError } from './results.ts';

describe('benchmark results', () => {
  it('come back from JSON as they went', () => {
    expect(parseResults(JSON.stringify(benchmarks), 'a.json')).toEqual(benchmarks);
  });

  it('name the file and the field that is wrong', () => {
    const wrong = { ...benchmarks, machine: { ...benchmarks.machine, cores: 0 } };
    expect(() => parseResults(JSON.stringify(wrong), 'a.json')).toThrow(
      /a\.json: machine\.cores: /,
    );
  });

  it('say that text is not JSON', () => {
    expect(() => parseResults('{', 'a.json')).toThrow(/a\.json: not JSON: /);
  });

  it('never fail with anything but a ResultsError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseResults(text, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(ResultsError);
        }
      }),
    );
  });
});
