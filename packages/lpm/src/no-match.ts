/** What a lookup returns when no prefix covers the address: no table entry may have this value. */
export const NO_MATCH = 0xffff_ffff;
