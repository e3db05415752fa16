import type { NetfilterEnvironment } from '../netfilter.ts';

/** A timeout's sysctl and the kernel's default, in seconds. */
type Timeout = readonly [sysctl: string, defaultSeconds: number];

const at = (name: string, seconds: number): Timeout => [
  `net.netfilter.nf_conntrack_${name}`,
  seconds,
];

export const TIMEOUT = {
  udp: at('udp_timeout', 30),
  udpStream: at('udp_timeout_stream', 120),
  icmp: at('icmp_timeout', 30),
  icmpv6: at('icmpv6_timeout', 30),
  gre: at('gre_timeout', 30),
  greStream: at('gre_timeout_stream', 180),
  generic: at('generic_timeout', 600),
  tcp: {
    SYN_SENT: at('tcp_timeout_syn_sent', 120),
    SYN_RECV: at('tcp_timeout_syn_recv', 60),
    ESTABLISHED: at('tcp_timeout_established', 432_000),
    FIN_WAIT: at('tcp_timeout_fin_wait', 120),
    CLOSE_WAIT: at('tcp_timeout_close_wait', 60),
    LAST_ACK: at('tcp_timeout_last_ack', 30),
    TIME_WAIT: at('tcp_timeout_time_wait', 120),
    CLOSE: at('tcp_timeout_close', 10),
    // A simultaneous open waits as long as one side's SYN.
    SYN_SENT2: at('tcp_timeout_syn_sent', 120),
    MAX_RETRANS: at('tcp_timeout_max_retrans', 300),
    UNACKNOWLEDGED: at('tcp_timeout_unacknowledged', 300),
  },
  sctp: {
    CLOSED: at('sctp_timeout_closed', 10),
    COOKIE_WAIT: at('sctp_timeout_cookie_wait', 3),
    COOKIE_ECHOED: at('sctp_timeout_cookie_echoed', 3),
    ESTABLISHED: at('sctp_timeout_established', 210),
    SHUTDOWN_SENT: at('sctp_timeout_shutdown_sent', 3),
    SHUTDOWN_RECD: at('sctp_timeout_shutdown_recd', 3),
    SHUTDOWN_ACK_SENT: at('sctp_timeout_shutdown_ack_sent', 3),
    HEARTBEAT_SENT: at('sctp_timeout_heartbeat_sent', 30),
  },
} as const;

export const timeoutMs = (
  env: Pick<NetfilterEnvironment, 'sysctl'>,
  [sysctl, seconds]: Timeout,
): number => (env.sysctl(sysctl) ?? seconds) * 1000;
