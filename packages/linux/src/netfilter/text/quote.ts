/** A string as iptables-save writes it: bare when it is a plain word, else quoted and escaped. */
export const quote = (text: string): string =>
  /^[\w-]+$/.test(text) ? text : `"${text.replaceAll(/["\\']/g, '\\$&')}"`;

/** `0x…` in lower case without leading zeros. */
export const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
