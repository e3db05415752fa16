/** Bytes from hexadecimal digits; blanks are for the reader. Not part of the package. */
export const hex = (digits: string): Uint8Array =>
  Uint8Array.from(Buffer.from(digits.replace(/\s/g, ''), 'hex'));

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
