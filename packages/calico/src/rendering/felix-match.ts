import type { ConntrackStateName } from '@podpath/linux';
import type { PortRange } from '../policies/port-range.ts';
import type { FelixMatch } from './felix-rule.ts';

/** Short ways to write the matches that occur all over Felix's chains. */

/** Every bit of the mask is 0. */
export const markClear = (mask: number): FelixMatch => ({ kind: 'mark', value: 0, mask });
/** Some bit of the mask is 1. */
export const markNotClear = (mask: number): FelixMatch => ({
  kind: 'mark',
  value: 0,
  mask,
  invert: true,
});
export const markSet = (bit: number): FelixMatch => ({ kind: 'mark', value: bit, mask: bit });

export const protocol = (value: string | number, invert?: true): FelixMatch =>
  invert ? { kind: 'protocol', protocol: value, invert } : { kind: 'protocol', protocol: value };

export const multiport = (
  side: 'source' | 'destination',
  ranges: readonly PortRange[],
  invert?: true,
): FelixMatch =>
  invert ? { kind: 'multiport', side, ranges, invert } : { kind: 'multiport', side, ranges };

export const destinationPort = (port: number): FelixMatch =>
  multiport('destination', [{ first: port, last: port }]);

/** Devices whose names start with a prefix. */
export const comesFrom = (prefix: string): FelixMatch => ({
  kind: 'in-interface',
  name: `${prefix}+`,
});
export const goesTo = (prefix: string): FelixMatch => ({
  kind: 'out-interface',
  name: `${prefix}+`,
});

export const conntrack = (...states: readonly ConntrackStateName[]): FelixMatch => ({
  kind: 'conntrack',
  module: 'conntrack',
  states,
});

export const inSet = (
  set: string,
  direction: 'src' | 'dst',
  options: { readonly ports?: boolean; readonly invert?: boolean } = {},
): FelixMatch => ({
  kind: 'set',
  set,
  directions: options.ports === true ? [direction, direction] : [direction],
  ...(options.invert === true ? { invert: true } : {}),
});

/** The source is an address of this host. */
export const FROM_LOCAL: FelixMatch = { kind: 'address-type', source: { type: 'LOCAL' } };
/** The destination is an address of this host. */
export const TO_LOCAL: FelixMatch = { kind: 'address-type', destination: { type: 'LOCAL' } };
