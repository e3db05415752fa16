import type { HookFunction } from './hook-registry.ts';
import type { HookVerdict, NetfilterEnvironment } from './netfilter.ts';
import type { PacketContext } from './packet-context.ts';

/**
 * Routes a packet anew that OUTPUT has changed (ip_route_me_harder): where it goes shows once it has passed the
 * hook, but one that has nowhere to go goes no further.
 */
export function reroute(
  context: PacketContext,
  env: NetfilterEnvironment,
): HookVerdict | undefined {
  context.reroute = true;
  const why = env.unreachable(context);
  return why === undefined
    ? undefined
    : { kind: 'drop', reason: `after OUTPUT: ${why}`, unreachable: true };
}

/**
 * For what stands at OUTPUT and may send a packet another way than it was about to go: when the mark,
 * an address or the type of service is another afterwards, the packet is routed anew. Elsewhere nobody looks at
 * whether such a thing has changed.
 */
export const reroutingAfter =
  (run: HookFunction['run'], env: NetfilterEnvironment): HookFunction['run'] =>
  (view) => {
    const { context } = view;
    const { mark } = context;
    const { src, dst } = context.packet;
    const service = serviceOf(context.packet);
    const verdict = run(view);
    const { packet } = context;
    if (
      verdict === undefined &&
      (context.mark !== mark ||
        packet.src !== src ||
        packet.dst !== dst ||
        serviceOf(packet) !== service)
    ) {
      return reroute(context, env);
    }
    return verdict;
  };

const serviceOf = (packet: Parameters<HookFunction['run']>[0]['context']['packet']): number =>
  packet.kind === 'ipv4' ? packet.tos : packet.trafficClass;
