/** The bits of the packet mark that Felix keeps its notes in. */
export interface Marks {
  /** A policy or profile allowed the packet. */
  readonly accept: number;
  /** A policy passed it on to the next tier. */
  readonly pass: number;
  /** A policy denied it; the next rule drops it. */
  readonly drop: number;
  /** All match blocks of a rule so far have matched; in the raw table: from a workload. */
  readonly scratch0: number;
  /** This match block has matched. */
  readonly scratch1: number;
}

/** `IptablesMarkMask`: the bits that Felix may use. kube-proxy's lie below. */
const DEFAULT_MARK_MASK = 0xffff_0000;

/**
 * Gives out the bits of a mask, lowest first. Throws RangeError when the mask has fewer than five.
 * Follows felix/dataplane/driver.go; releases before the drop bit gave its place to scratch0.
 */
export const allocateMarks = (mask: number = DEFAULT_MARK_MASK): Marks => {
  const bits: number[] = [];
  for (let shift = 0; shift < 32; shift++) {
    const bit = 2 ** shift;
    if (((mask >>> shift) & 1) === 1) bits.push(bit);
  }
  const [accept, pass, drop, scratch0, scratch1] = bits;
  if (
    accept === undefined ||
    pass === undefined ||
    drop === undefined ||
    scratch0 === undefined ||
    scratch1 === undefined
  ) {
    throw new RangeError(`a mark mask needs five bits, 0x${mask.toString(16)} has ${bits.length}`);
  }
  return { accept, pass, drop, scratch0, scratch1 };
};

/** The bits that chains clear before they start over. The drop bit is not among them: it never outlives its rule. */
export const allMarks = ({ accept, pass, scratch0, scratch1 }: Marks): number =>
  (accept | pass | scratch0 | scratch1) >>> 0;
