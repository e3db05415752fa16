import { compareFrames } from '../compare/compare-frames.ts';
import type { SeenFrame } from '../observation.ts';

/**
 * The kernel's frames in the order of the emulated ones that they are equal to, those without an equal last. For
 * clusters in which programs switch frames beside the kernel: which of two frames at the same time comes first on a
 * device is chance there.
 */
export function alignFrames(
  kernel: readonly SeenFrame[],
  emulated: readonly SeenFrame[],
): readonly SeenFrame[] {
  const left = new Set(kernel);
  const aligned: SeenFrame[] = [];
  for (const ours of emulated) {
    for (const theirs of left) {
      if (!isSameStream(theirs, ours) || compareFrames([theirs], [ours]).length > 0) continue;
      left.delete(theirs);
      aligned.push(theirs);
      break;
    }
  }
  return [...aligned, ...left];
}

const isSameStream = (a: SeenFrame, b: SeenFrame): boolean =>
  a.namespace === b.namespace && a.device === b.device && a.direction === b.direction;
