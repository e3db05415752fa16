import { trackedEntry } from '../conntrack/attachment.ts';
import type { Target } from '../rule.ts';
import type { TargetFunction } from './target-function.ts';

type TargetOf<K extends Target['kind']> = Extract<Target, { readonly kind: K }>;

/** `MARK`. */
export const compileMark =
  ({ value, mask }: TargetOf<'mark'>): TargetFunction =>
  ({ context }) => {
    context.mark = ((context.mark & ~mask) ^ value) >>> 0;
  };

/** `CONNMARK` (net/netfilter/xt_connmark.c): nothing to mark, nothing to do. */
export const compileConnmark = (
  target: TargetOf<'connmark-set' | 'connmark-save' | 'connmark-restore'>,
): TargetFunction => {
  const { mask } = target;
  if (target.kind === 'connmark-set') {
    const { value } = target;
    return ({ context }) => {
      const entry = trackedEntry(context.conntrack);
      if (entry !== undefined) entry.mark = ((entry.mark & ~mask) ^ value) >>> 0;
    };
  }
  const { packetMask = mask } = target;
  return target.kind === 'connmark-save'
    ? ({ context }) => {
        const entry = trackedEntry(context.conntrack);
        if (entry === undefined) return;
        entry.mark = ((entry.mark & ~mask) ^ (context.mark & packetMask)) >>> 0;
      }
    : ({ context }) => {
        const entry = trackedEntry(context.conntrack);
        if (entry === undefined) return;
        context.mark = ((context.mark & ~packetMask) ^ (entry.mark & mask)) >>> 0;
      };
};
