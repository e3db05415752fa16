import type { CalicoPort } from '@podpath/cluster';
import { portRangeText } from './port-range.ts';

export const policyPortText = (port: CalicoPort): string =>
  typeof port === 'string' ? port : portRangeText(port);

/**
 * What Calico does to keep iptables' multiport matches short: with more than one number in the list,
 * names come first and the numbers are sorted and merged where they touch.
 * Follows libcalico-go/lib/backend/k8s/conversion.
 */
export const simplifyPorts = (ports: readonly CalicoPort[]): readonly CalicoPort[] => {
  const numeric = ports.filter((port) => typeof port !== 'string');
  if (numeric.length <= 1) return ports;
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of numeric.sort((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous.last + 1) {
      previous.last = Math.max(previous.last, last);
    } else {
      merged.push({ first, last });
    }
  }
  return [...ports.filter((port) => typeof port === 'string'), ...merged];
};
