import type { PlacedCommand } from '../kernel/command-batches.ts';

const HOUR_S = 3600;

/** What connections are in that one packet and its answer make. */
const TIMEOUTS = [
  'icmp_timeout',
  'icmpv6_timeout',
  'tcp_timeout_close',
  'tcp_timeout_syn_recv',
  'tcp_timeout_syn_sent',
  'udp_timeout',
  'udp_timeout_stream',
];

/** Commands by which no connection ends of old age: when it would, the kernel and an emulator's clock could disagree. */
export const stillConnections = (namespaces: readonly string[]): readonly PlacedCommand[] =>
  namespaces
    .flatMap((namespace) =>
      TIMEOUTS.map((name) => ({
        namespace,
        command: {
          kind: 'sysctl' as const,
          key: `net.netfilter.nf_conntrack_${name}`,
          value: HOUR_S,
        },
      })),
    )
    .map((placed, index) => ({ index, ...placed }));
