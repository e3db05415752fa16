/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** As Calico and iptables write a range: `80`, `8000:8999`. */
export const portRangeText = ({ first, last }: PortRange): string =>
  first === last ? String(first) : `${first}:${last}`;
