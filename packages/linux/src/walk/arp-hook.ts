import type { Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { ArpHook } from '../netfilter/hooks-of-frames.ts';

/** Runs chains of the arp family (`arp_rcv`, `arp_xmit`); when the frame does not pass, it has ended. */
export function passesArp(
  namespace: Namespace,
  hook: ArpHook,
  device: Device,
  packet: SocketBuffer,
): boolean {
  if (!namespace.looksAtFrames) return true;
  const { netfilter, frames } = namespace;
  const leaves = hook === 'output';
  frames.loadAt(packet, device, leaves);
  // The kernel has built the Ethernet header by then, but has yet to note where it is.
  if (leaves) frames.hasHeader = false;
  const verdict = netfilter.runArp(hook, frames);
  if (verdict === undefined || verdict.kind === 'accept') return true;
  packet.end(
    verdict.kind === 'undecided' ? 'undecided' : 'dropped',
    verdict.kind === 'reject' ? `rejected with ${verdict.with}` : verdict.reason,
  );
  return false;
}
