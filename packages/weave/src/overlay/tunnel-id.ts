import type { ShortId } from './short-ids.ts';

const SHORT_ID_BITS = 12;
const SHORT_ID_MASK = (1 << SHORT_ID_BITS) - 1;

/** A VNI that says from which peer a frame comes and to which it goes: 12 bits each. */
export const tunnelId = (source: ShortId, destination: ShortId): number =>
  (source | (destination << SHORT_ID_BITS)) >>> 0;

export const tunnelSource = (vni: number): ShortId => vni & SHORT_ID_MASK;

export const tunnelDestination = (vni: number): ShortId => (vni >>> SHORT_ID_BITS) & SHORT_ID_MASK;
