import { type PortRange, portRangeText } from './port-range.ts';

/** A port in a Calico policy: a range of numbers or a container port's name. */
export type PolicyPort = PortRange | string;

const MAX_PORT = 65_535;
const NUMERIC = /^([0-9]+)(?::([0-9]+))?$/;
const NAME = /^[a-zA-Z0-9_.-]{1,128}$/;

/** Reads `80`, `80:90` or a name; `undefined` when it is none of them. */
export const parsePolicyPort = (text: string): PolicyPort | undefined => {
  const numeric = NUMERIC.exec(text);
  if (numeric === null) return NAME.test(text) ? text : undefined;
  const first = Number(numeric[1]);
  const last = Number(numeric[2] ?? numeric[1]);
  return first <= last && last <= MAX_PORT ? { first, last } : undefined;
};

export const policyPortText = (port: PolicyPort): string =>
  typeof port === 'string' ? port : portRangeText(port);

/**
 * What Calico does to keep iptables' multiport matches short: with more than one number in the list,
 * names come first and the numbers are sorted and merged where they touch.
 * Follows libcalico-go/lib/backend/k8s/conversion.
 */
export const simplifyPorts = (ports: readonly PolicyPort[]): readonly PolicyPort[] => {
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
