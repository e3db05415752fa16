/** One thing that the kernel and the emulator do not agree on. */
export interface Difference {
  readonly what: string;
  readonly kernel: string;
  readonly emulated: string;
}

export const differenceText = ({ what, kernel, emulated }: Difference): string =>
  `${what}\n    kernel:   ${kernel}\n    emulated: ${emulated}`;
