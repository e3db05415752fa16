/** What a lookup returns when no prefix covers the address: no table entry may have this value. */
export const NO_MATCH = 0xffff_ffff;

/** NO_MATCH as a signed 32-bit integer, the form in which the tables keep values inside. */
export const NONE = -1;
