import { compareIps, type Ip, tryParseIp } from '@podpath/net';
import type { AddressRange } from '../address-classes.ts';
import type { ReachabilityEnd } from '../reachability.ts';
import { QuestionError } from './question-error.ts';

/**
 * Which ends a question is about: `NAMESPACE` or `NAMESPACE/*`, `NAMESPACE/WORKLOAD`, `nodes`, `node:NAME`, `outside`,
 * `outside:ADDRESS`.
 */
export interface EndPattern {
  /** As it was written. */
  readonly text: string;
  /** The namespace whose pods it is about; absent where it is about none. */
  readonly namespace?: string;
  matches(end: ReachabilityEnd): boolean;
}

/** Throws `QuestionError` for an address that is none. */
export const parseEndPattern = (text: string): EndPattern => {
  if (text === 'nodes') return { text, matches: ({ kind }) => kind === 'nodes' };
  if (text === 'outside') return { text, matches: ({ kind }) => kind === 'outside' };
  const [, prefix, rest = ''] = /^(node|outside):(.*)$/s.exec(text) ?? [];
  if (prefix === 'node') {
    return { text, matches: (end) => end.kind === 'nodes' && end.nodes.includes(rest) };
  }
  if (prefix === 'outside') {
    const address = tryParseIp(rest);
    if (address === undefined) {
      throw new QuestionError('unknown-end', `'${text}': '${rest}' is no IP address`);
    }
    return { text, matches: (end) => end.kind === 'outside' && isIn(address, end.ranges) };
  }
  const slash = text.indexOf('/');
  const namespace = slash < 0 ? text : text.slice(0, slash);
  const name = slash < 0 ? '*' : text.slice(slash + 1);
  return {
    text,
    namespace,
    matches: (end) =>
      end.kind === 'workload' &&
      end.namespace === namespace &&
      (name === '*' || end.owner.name === name || end.pods.includes(name)),
  };
};

export const isIn = (address: Ip, ranges: readonly AddressRange[]): boolean =>
  ranges.some(
    ({ first, last }) => compareIps(first, address) <= 0 && compareIps(address, last) <= 0,
  );
