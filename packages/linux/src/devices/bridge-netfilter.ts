import type { Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { Neighbour } from '../neighbours/neighbour-table.ts';
import { age, sendToNeighbour } from '../neighbours/resolution.ts';
import { NOT_FORWARDING, routeInput } from '../routing/input-route.ts';
import { passes } from '../walk/hook.ts';
import { hasWrongHeader } from '../walk/ip-receive.ts';

/** Whether frames with this packet show themselves to iptables on their way over a bridge. */
export function walksNetfilter(namespace: Namespace, { payload }: SocketBuffer): boolean {
  if (payload.kind === 'ipv4') return namespace.sysctls.bridgeCallsNetfilter(4);
  return payload.kind === 'ipv6' && namespace.sysctls.bridgeCallsNetfilter(6);
}

/**
 * PREROUTING for a frame from a bridge port (`br_nf_pre_routing` and its finish, br_netfilter_hooks.c).
 * `bridge`: it goes on as a frame. `resolve`: NAT sends it to another host on this bridge, whose MAC
 * address has to be put in first. `ended`: it has been dropped or answered.
 */
export function runPrerouting(
  namespace: Namespace,
  bridge: Device,
  port: Device,
  packet: SocketBuffer,
): 'bridge' | 'resolve' | 'ended' {
  if (hasWrongHeader(packet)) {
    packet.drop('the checksum of the header is wrong');
    return 'ended';
  }
  const { audience } = packet;
  const { dst } = packet.packet;
  packet.bridge = {
    physicalIn: port,
    physicalOut: undefined,
    preroutingDone: false,
    translated: false,
    originalSource: packet.source,
  };
  packet.input = bridge;
  if (audience === 'otherhost') packet.audience = 'host';
  if (!passes(namespace, 'PREROUTING', packet)) return 'ended';
  packet.audience = audience;
  packet.bridge.preroutingDone = true;
  if (packet.packet.dst === dst) return 'bridge';
  return redirect(namespace, bridge, packet);
}

/** Its destination was translated: does the new one lie on this bridge, or must the packet be routed? */
function redirect(
  namespace: Namespace,
  bridge: Device,
  packet: SocketBuffer,
): 'bridge' | 'resolve' | 'ended' {
  const route = routeInput(namespace, bridge, packet.packet, packet.mark);
  const exit = route.kind === 'forward' ? route.entry : undefined;
  if (exit?.device === bridge) {
    packet.route = exit;
    return 'resolve';
  }
  const failed = route.kind === 'error' || route.kind === 'discard';
  // That there is no way IPv4 finds out only once the packet has come up to it; strange addresses it sees at once.
  const isMartian = route.kind === 'discard' && route !== NOT_FORWARDING;
  if (isMartian || (failed && packet.packet.kind === 'ipv6')) {
    packet.drop('no route for the translated destination');
    return 'ended';
  }
  packet.destination = bridge.mac;
  packet.audience = 'host';
  if (packet.bridge !== undefined) packet.bridge.exit = exit?.device;
  return 'bridge';
}

/**
 * Puts in the MAC address of the translated destination (`br_nf_pre_routing_finish_bridge`). With a neighbour that has been
 * sent to before and is still confirmed the frame just goes on over the bridge; otherwise it is sent by the bridge
 * device, which resolves and then finishes it as bridged.
 */
export function finishTranslated(
  namespace: Namespace,
  bridge: Device,
  packet: SocketBuffer,
): 'bridge' | 'sent' {
  const nextHop = packet.route?.gateway ?? packet.packet.dst;
  const neighbour = namespace.neighbours.get(bridge, nextHop);
  if (neighbour?.headerReady === true) age(namespace, neighbour);
  if (neighbour?.headerReady === true && isConfirmed(neighbour) && neighbour.mac !== undefined) {
    const { mac } = neighbour;
    const how = neighbour.state === 'reachable' ? 'cached' : 'permanent';
    packet.record?.(
      { kind: 'neighbour', device: bridge.name, address: nextHop, mac, how },
      undefined,
    );
    packet.destination = mac;
    return 'bridge';
  }
  if (packet.bridge !== undefined) packet.bridge.translated = true;
  sendToNeighbour(namespace, packet, bridge, nextHop);
  return 'sent';
}

const isConfirmed = ({ state }: Neighbour): boolean =>
  state === 'reachable' || state === 'permanent' || state === 'noarp';
