import type { Match, OwnerRange } from '../rule.ts';
import type { MatchFunction } from './match-function.ts';

/** `-m owner` (net/netfilter/xt_owner.c). */
export const matchOwner = ({
  uid,
  gid,
  socketExists,
}: Extract<Match, { readonly kind: 'owner' }>): MatchFunction => {
  // Without a socket, and with one of the kernel's own, no number fits: what is excluded is then excluded well.
  const allInverted =
    (uid === undefined || uid.invert === true) && (gid === undefined || gid.invert === true);
  const withoutSocket = allInverted && (socketExists === undefined || socketExists.invert === true);
  return ({ context: { owner } }) => {
    if (owner === undefined) return withoutSocket;
    if (socketExists?.invert === true) return false;
    if (owner === 'kernel') return allInverted;
    return fits(uid, owner.uid) && fits(gid, owner.gid);
  };
};

const fits = (range: OwnerRange | undefined, id: number): boolean =>
  range === undefined || (id >= range.first && id <= range.last) !== (range.invert === true);
