/** Bytes that are no packet: cut short, or with lengths that contradict each other. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** The header that could not be read: `ethernet`, `arp`, `ipv4`, `udp`, … */
  readonly layer: string;
  /** What is wrong: `has 3 bytes, its header needs 8`. */
  readonly reason: string;

  constructor(layer: string, reason: string) {
    super(`${layer} ${reason}`);
    this.layer = layer;
    this.reason = reason;
  }
}

/** Throws `DecodeError` when there are fewer bytes than a header needs. */
export const needBytes = (layer: string, bytes: Uint8Array, needed: number): void => {
  if (bytes.length < needed) {
    throw new DecodeError(layer, `has ${bytes.length} bytes, its header needs ${needed}`);
  }
};
