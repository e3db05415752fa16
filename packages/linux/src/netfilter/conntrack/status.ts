/** Status bits of a connection, as the kernel names them (IPS_*). */
export const Status = {
  SEEN_REPLY: 1,
  ASSURED: 2,
  CONFIRMED: 4,
  SRC_NAT: 8,
  DST_NAT: 16,
  SRC_NAT_DONE: 32,
  DST_NAT_DONE: 64,
} as const;
