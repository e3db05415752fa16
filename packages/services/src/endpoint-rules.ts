import type { Match } from '@podpath/linux';
import type { PortContext, PortPlan } from './port-plan.ts';
import { probabilityThreshold } from './probability.ts';
import type { ProxiedEndpoint, ProxiedPort } from './proxied-port.ts';
import {
  comment,
  hostPrefix,
  jump,
  MARK_FOR_MASQUERADE,
  protocolOf,
  type TableWriter,
} from './rules.ts';

/** KUBE-SVC and KUBE-SVL, which spread over endpoints, then the chain of each endpoint they can reach. */
export function writeEndpoints(
  { port, selected }: PortPlan,
  context: PortContext,
  nat: TableWriter,
): void {
  writeSpreading(port, port.chains.cluster, selected.cluster ?? [], context, nat);
  writeSpreading(port, port.chains.local, selected.local ?? [], context, nat);
  for (const endpoint of selected.reachable) writeEndpointChain(port, endpoint, context, nat);
}

/** Clients that have been here return to their endpoint; the others draw one, each with the same chance. */
function writeSpreading(
  port: ProxiedPort,
  chain: string,
  endpoints: readonly ProxiedEndpoint[],
  { endpointComments }: PortContext,
  nat: TableWriter,
): void {
  if (endpoints.length === 0) return;
  nat.chain(chain);
  const note = ({ text }: ProxiedEndpoint): readonly Match[] =>
    endpointComments ? [comment(`${port.name} -> ${text}`)] : [];
  const { affinitySeconds: seconds } = port;
  if (seconds !== undefined) {
    for (const endpoint of endpoints) {
      const action = { kind: 'rcheck', seconds, reap: true } as const;
      const seen: Match = { kind: 'recent', name: endpoint.chain, action };
      nat.rule(chain, [...note(endpoint), seen], jump(endpoint.chain));
    }
  }
  endpoints.forEach((endpoint, index) => {
    const remaining = endpoints.length - index;
    const draw: readonly Match[] =
      remaining === 1
        ? []
        : [{ kind: 'statistic', mode: 'random', threshold: probabilityThreshold(remaining) }];
    nat.rule(chain, [...note(endpoint), ...draw], jump(endpoint.chain));
  });
}

function writeEndpointChain(
  port: ProxiedPort,
  endpoint: ProxiedEndpoint,
  { endpointComments }: PortContext,
  nat: TableWriter,
): void {
  const { chain, address } = endpoint;
  const note = endpointComments ? [comment(port.name)] : [];
  nat.chain(chain);
  // An endpoint that reaches itself through its Service would otherwise answer itself, past the translation.
  nat.rule(chain, [...note, { kind: 'source', prefix: hostPrefix(address) }], MARK_FOR_MASQUERADE);
  const remember: readonly Match[] =
    port.affinitySeconds === undefined
      ? []
      : [{ kind: 'recent', name: chain, action: { kind: 'set' } }];
  nat.rule(chain, [...note, ...remember, ...protocolOf(port.protocol)], {
    kind: 'dnat',
    address,
    port: endpoint.port,
  });
}
