import { NO_MATCH } from './no-match.ts';

export const checkLength = (length: number, longest: number): void => {
  if (!Number.isInteger(length) || length < 0 || length > longest) {
    throw new RangeError(`a prefix length is an integer from 0 to ${longest}, not ${length}`);
  }
};

export const checkValue = (value: number): void => {
  if (!Number.isInteger(value) || value < 0 || value >= NO_MATCH) {
    throw new RangeError(`a value is an integer from 0 to ${NO_MATCH - 1}, not ${value}`);
  }
};

/** Room for one answer per address. */
export const checkBatch = (addresses: number, out: Uint32Array): void => {
  if (out.length < addresses) {
    throw new RangeError(`${addresses} addresses need room for as many answers, not ${out.length}`);
  }
};
