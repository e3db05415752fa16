/** Chance of one in `n` as kube-proxy writes it for iptables: ten digits after the point. */
export const probabilityText = (n: number): string => (1 / n).toFixed(10);

/**
 * What iptables makes of that text for the kernel: a threshold out of 2^31, to which 31 random bits
 * are compared. Source: iptables extensions/libxt_statistic.c.
 */
export const probabilityThreshold = (n: number): number =>
  Math.round(Number(probabilityText(n)) * 2 ** 31);
