import type { Network } from '@podpath/linux';
import type { PlacedCommand } from '../kernel/command-batches.ts';

const HOUR_S = 3600;

/**
 * Commands for every device of a network, and of one that was built like it: neighbours stay what they are, since how
 * long one is taken to be reachable each kernel draws for itself, and one that is not there is given up when it has not
 * answered for `retryMs`, three times.
 */
export const stillNeighbours = (network: Network, retryMs: number): readonly PlacedCommand[] =>
  network
    .namespaceNames()
    .flatMap((namespace) =>
      network
        .namespace(namespace)
        .devices()
        .filter(({ type }) => type !== 'lo')
        .flatMap(({ name }) =>
          (['ipv4', 'ipv6'] as const).flatMap((family) =>
            Object.entries(settings(retryMs)).map(([setting, value]) => ({
              namespace,
              command: {
                kind: 'sysctl' as const,
                key: `net.${family}.neigh.${name.replaceAll('.', '/')}.${setting}`,
                value,
              },
            })),
          ),
        ),
    )
    .map((placed, index) => ({ index, ...placed }));

const settings = (retryMs: number): Readonly<Record<string, number>> => ({
  base_reachable_time_ms: HOUR_S * 1000,
  delay_first_probe_time: HOUR_S,
  gc_stale_time: HOUR_S,
  retrans_time_ms: retryMs,
});
