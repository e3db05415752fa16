/** A MAC address: an unsigned 48-bit integer (exact in a JavaScript number). */
export type Mac = number;
