/** A flow that cannot be sent as asked: an end that does not exist, or that has no address to dial. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
}
