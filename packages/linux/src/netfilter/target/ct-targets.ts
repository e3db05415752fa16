import { INVALID, UNTRACKED } from '../conntrack/attachment.ts';
import { Attachment } from '../conntrack/entry.ts';
import { DEFAULT_ZONE, type ZoneOf, zoneOf } from '../conntrack/zone.ts';
import type { Target } from '../rule.ts';
import type { TargetFunction } from './target-function.ts';

/** `NOTRACK` and `CT --notrack`. */
export const compileNotrack = (): TargetFunction => attaching(UNTRACKED);

/** `CT` (net/netfilter/xt_CT.c): a template that conntrack finds on the packet. */
export const compileCt = (target: Extract<Target, { readonly kind: 'ct' }>): TargetFunction => {
  if (target.notrack === true) return compileNotrack();
  return attaching(new Attachment('NEW', undefined, false, zoneReader(target)));
};

const zoneReader = ({ zone, zoneDirection }: Extract<Target, { readonly kind: 'ct' }>): ZoneOf => {
  if (zone === 'mark') return ({ mark }) => zoneOf(mark & 0xffff, zoneDirection);
  const fixed = zone === undefined ? DEFAULT_ZONE : zoneOf(zone, zoneDirection);
  return () => fixed;
};

/** Only what has no connection yet: not what comes back by the loopback device, nor what an earlier rule has seen. */
const attaching =
  (attachment: Attachment): TargetFunction =>
  ({ context }) => {
    if (context.conntrack === undefined || context.conntrack === INVALID) {
      context.conntrack = attachment;
    }
  };
