import type { HookFunction } from './hook-registry.ts';

/**
 * For what stands at OUTPUT and may send a packet another way than it was about to go: when the mark,
 * an address or the type of service is another afterwards, the packet is routed anew once it has passed
 * the hook (ip_route_me_harder). Elsewhere nobody looks at whether such a thing has changed.
 */
export const reroutingAfter =
  (run: HookFunction['run']): HookFunction['run'] =>
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
      context.reroute = true;
    }
    return verdict;
  };

const serviceOf = (packet: Parameters<HookFunction['run']>[0]['context']['packet']): number =>
  packet.kind === 'ipv4' ? packet.tos : packet.trafficClass;
