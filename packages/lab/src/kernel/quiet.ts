/**
 * What is set in a new namespace before anything is built in it, so that only what a flow calls forth is seen: no
 * duplicate detection, no router solicitations, no repeated handshakes, no flow labels drawn at random, no belief in
 * redirects, and none of the limits on ICMP errors, which depend on real time. (Limiting ICMP to nothing would starve the errors of routing, which
 * draw on the same account; taking its types out of the limit does not.)
 */
export const QUIET_SYSCTLS: readonly (readonly [path: string, value: string])[] = [
  ['ipv6/conf/all/accept_dad', '0'],
  ['ipv6/conf/default/accept_dad', '0'],
  ['ipv6/conf/default/dad_transmits', '0'],
  ['ipv6/conf/default/router_solicitations', '0'],
  ['ipv6/conf/default/mldv2_unsolicited_report_interval', '2147483647'],
  ['ipv6/auto_flowlabels', '0'],
  ['ipv6/icmp/ratemask', '255'],
  ['ipv6/conf/all/accept_redirects', '0'],
  ['ipv6/conf/default/accept_redirects', '0'],
  ['ipv4/conf/all/accept_redirects', '0'],
  ['ipv4/conf/default/accept_redirects', '0'],
  ['ipv4/icmp_ratemask', '0'],
  ['ipv4/icmp_msgs_per_sec', '1000000'],
  ['ipv4/icmp_msgs_burst', '1000000'],
  ['ipv4/tcp_synack_retries', '0'],
];

/** Milliseconds between two questions to a neighbour that does not answer. The kernel rounds up to its clock tick. */
export const NEIGHBOUR_RETRY_MS = 12;

/** Settings of `neigh/DEVICE`: proxies answer at once, and a neighbour that is not there is given up soon. */
export const SWIFT_NEIGHBOURS: Readonly<Record<string, string>> = {
  proxy_delay: '0',
  retrans_time_ms: String(NEIGHBOUR_RETRY_MS),
};
