import type { Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { BridgeHook, BridgePart, DeviceHook } from '../netfilter/hooks-of-frames.ts';
import type { HookVerdict } from '../netfilter/netfilter.ts';
import { frameAnswer } from './reject-frame.ts';

/** Rules that send frames to each other's devices are stopped (`NF_RECURSION_LIMIT`). */
const MOST_DIVERSIONS = 2;

/** Runs the chains at a device (`nf_ingress`, `nf_hook_egress`); when the frame does not pass, it has ended. */
export function passesDevice(
  namespace: Namespace,
  hook: DeviceHook,
  device: Device,
  packet: SocketBuffer,
): boolean {
  const { netfilter, frames } = namespace;
  frames.loadAt(packet, device, hook === 'egress');
  const verdict = netfilter.runDevice(hook, device.name, frames);
  const taken = sendAsTold(namespace, packet);
  if (verdict === undefined || verdict.kind === 'accept') return true;
  if (taken) return false;
  if (verdict.kind === 'reject' && verdict.unrouted !== true) {
    packet.end('rejected', `rejected at ${hook} of ${device.name} with ${verdict.with}`);
    namespace.kernel.answers.reject(namespace, packet, verdict.with);
    return false;
  }
  const answer = endFrame(namespace, packet, `${hook} of ${device.name}`, verdict);
  if (hook === 'egress') packet.refusedBy = device;
  if (answer !== undefined) device.transmit(answer);
  return false;
}

/** What sends the answers to frames that have come in by a port. */
interface Answering {
  readonly name: string;
  answer(port: Device, frame: SocketBuffer): void;
}

/** Runs chains of the bridge family at a hook of a bridge; when the frame does not pass, it has ended. */
export function passesBridge(
  namespace: Namespace,
  hook: BridgeHook,
  bridge: Answering,
  packet: SocketBuffer,
  from: Device | undefined,
  to: Device | undefined,
  part: BridgePart = 'all',
): boolean {
  if (!namespace.looksAtFrames) return true;
  const { netfilter, frames } = namespace;
  frames.loadBridged(packet, bridge.name, from, to);
  const verdict = netfilter.runBridge(hook, frames, part);
  if (verdict === undefined || verdict.kind === 'accept') return true;
  const answer = endFrame(namespace, packet, `${hook} of ${bridge.name}`, verdict);
  if (answer !== undefined && from !== undefined) bridge.answer(from, answer);
  return false;
}

/** Ends a frame that is not to go on; what a reject answers is to be sent back where the frame came from. */
function endFrame(
  namespace: Namespace,
  packet: SocketBuffer,
  where: string,
  verdict: Exclude<HookVerdict, { readonly kind: 'accept' }>,
): SocketBuffer | undefined {
  if (verdict.kind === 'reject') {
    const answer = frameAnswer(namespace, packet, verdict.with);
    packet.end('rejected', `rejected at ${where} with ${verdict.with}`);
    return answer;
  }
  packet.end(verdict.kind === 'drop' ? 'dropped' : 'undecided', verdict.reason);
  return undefined;
}

/** Sends what rules want sent by other devices (nf_dup_netdev.c). True when the frame itself was among it. */
function sendAsTold(namespace: Namespace, packet: SocketBuffer): boolean {
  const { frames } = namespace;
  const sent = frames.takeSent();
  if (sent === undefined) return false;
  let taken = false;
  for (const { frame, device } of sent) {
    taken ||= frame === packet;
    const to = namespace.devices.get(device);
    if (to === undefined) frame.drop('the device that a rule sends it by is gone');
    else if (frames.diversions > MOST_DIVERSIONS) frame.drop('rules send it round in circles');
    else {
      frames.diversions++;
      to.transmit(frame);
      frames.diversions--;
    }
  }
  return taken;
}
