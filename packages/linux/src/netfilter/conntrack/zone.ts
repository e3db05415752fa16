import type { PacketContext } from '../packet-context.ts';

/**
 * Where a packet's connection is looked for and made: the zone of each direction. One that counts in one direction only
 * leaves the other where everything is, in zone 0.
 */
export interface Zone {
  readonly original: number;
  readonly reply: number;
}

export const DEFAULT_ZONE: Zone = { original: 0, reply: 0 };

/** What the CT target says of a packet's zone; read when conntrack takes the packet in, as the mark may still change. */
export type ZoneOf = (context: PacketContext) => Zone;

/** The zone of that number, in one direction or in both. */
export const zoneOf = (id: number, direction: 'original' | 'reply' | undefined): Zone => ({
  original: direction === 'reply' ? 0 : id,
  reply: direction === 'original' ? 0 : id,
});
