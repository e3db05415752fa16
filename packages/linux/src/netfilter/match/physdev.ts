import type { PacketView } from '../packet-view.ts';
import type { Match } from '../rule.ts';
import { matchesInterfaceName } from './address.ts';
import type { MatchFunction } from './match-function.ts';

type Physdev = Extract<Match, { readonly kind: 'physdev' }>;

/** `-m physdev` (net/netfilter/xt_physdev.c). */
export const matchPhysdev = (match: Physdev): MatchFunction => {
  const { isBridged, isIn, isOut, in: inName, out: outName, invertIn, invertOut } = match;
  // What a packet that no bridge has handled answers: only what is inverted, or not asked, passes.
  const withoutBridge =
    isBridged !== true &&
    isIn !== true &&
    isOut !== true &&
    (inName === undefined || invertIn === true) &&
    (outName === undefined || invertOut === true);
  return (view) => {
    const { physicalIn, physicalOut } = view.context;
    if (!wasBridged(view)) return withoutBridge;
    if (isBridged === true && physicalOut === undefined) return false;
    if (isIn === true && physicalIn === undefined) return false;
    if (isOut === true && physicalOut === undefined) return false;
    if (
      inName !== undefined &&
      physicalIn !== undefined &&
      matchesInterfaceName(inName, physicalIn) === (invertIn === true)
    ) {
      return false;
    }
    if (outName === undefined) return true;
    return (
      physicalOut !== undefined &&
      matchesInterfaceName(outName, physicalOut) !== (invertOut === true)
    );
  };
};

const wasBridged = (view: PacketView): boolean =>
  view.context.bridged ||
  view.context.physicalIn !== undefined ||
  view.context.physicalOut !== undefined;
