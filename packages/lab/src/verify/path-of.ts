import type { SeenFrame } from '../observation.ts';
import { innermostPacket } from './innermost-packet.ts';

/** Groups that hosts join (IGMP): what they say of their own accord. */
const IGMP = 2;

/**
 * The devices that a flow's packets passed, in order, to the far end and back: `pod/shop/cart eth0 out`. Questions for
 * neighbours are no part of it, tunnelled or not, and neither is what hosts say of their own accord.
 */
export const pathOf = (frames: readonly SeenFrame[]): readonly string[] =>
  frames
    .filter((frame) => innermostPacket(frame).some(({ payload }) => !isIgmp(payload)))
    .map(({ namespace, device, direction }) => `${namespace} ${device} ${direction}`);

const isIgmp = (payload: { readonly kind: string; readonly protocol?: number }): boolean =>
  payload.kind === 'raw' && (payload.protocol === IGMP || payload.protocol === 0);
