import type { PacketView } from '../packet-view.ts';
import type { CounterTest, SetCounterOptions } from '../rule.ts';
import type { Member } from './member.ts';

/**
 * Counts a packet for the member that it matched, and says whether the counters are as a rule wants them
 * (`ip_set_match_extensions`, net/netfilter/ipset/ip_set_core.c). Only for sets that count. Allocates nothing.
 */
export const countMatch = (
  member: Member,
  view: PacketView,
  options: SetCounterOptions | undefined,
): boolean => {
  if (options?.keepsCounters !== true) {
    member.packets++;
    member.bytes += view.lengthBytes;
  }
  return (
    options === undefined ||
    (holds(options.packets, member.packets) && holds(options.bytes, member.bytes))
  );
};

/** What a list asks of the sets that it names: their counters are not compared. */
export const ofSubsets = (options: SetCounterOptions): SetCounterOptions => ({
  keepsCounters: options.keepsCounters === true || options.keepsSubcounters === true,
});

const holds = (test: CounterTest | undefined, count: number): boolean => {
  if (test === undefined) return true;
  switch (test.compare) {
    case 'equal':
      return count === test.value;
    case 'unequal':
      return count !== test.value;
    case 'less':
      return count < test.value;
    case 'greater':
      return count > test.value;
  }
};
