import type { ConntrackEntry } from '../conntrack/entry.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { PacketContext } from '../packet-context.ts';
import type { Nat } from './nat.ts';
import type { NatRange } from './nat-range.ts';

/**
 * Gives a connection the address that the device it leaves by has at the time (nf_nat_masquerade.c). False
 * when the device has none: then the packet is dropped.
 */
export const masquerade = (
  context: PacketContext,
  entry: ConntrackEntry,
  { ports, random }: Pick<NatRange, 'ports' | 'random'>,
  { env, nat }: { readonly env: NetfilterEnvironment; readonly nat: Nat },
): boolean => {
  // A packet without a source is no one's to stand in for (DHCP).
  if (entry.original.src === 0) return true;
  const address = env.masqueradeAddress(context);
  if (address === undefined) return false;
  entry.masqueradeDevice = context.outDevice;
  nat.bind(entry, { address, ports, random }, 'source');
  return true;
};
