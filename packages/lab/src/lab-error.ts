/** A real tool refused what an emulated namespace took, or a namespace could not be made. */
export class LabError extends Error {
  override readonly name = 'LabError';
}
