import type { PacketView } from '../packet-view.ts';

/** What a target does before the packet goes on to the next rule. Allocates nothing that does not stay. */
export type TargetFunction = (view: PacketView) => void;
