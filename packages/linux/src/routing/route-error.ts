import type { FibEntry } from '../core.ts';

/** How a lookup fails, by errno name. */
export type RouteError = 'EINVAL' | 'EHOSTUNREACH' | 'EACCES' | 'ENETUNREACH';

/** The error that a route of a refusing type stands for (`fib_props`), or `undefined` for one that leads somewhere. */
export function refusalOf(entry: FibEntry): RouteError | undefined {
  switch (entry.type) {
    case 'blackhole':
      return 'EINVAL';
    case 'unreachable':
      return 'EHOSTUNREACH';
    case 'prohibit':
      return 'EACCES';
    case 'throw':
      return 'ENETUNREACH';
    case 'unicast': {
      // IPv6 takes a route by the loopback device to be one that leads nowhere (`fib6_is_reject`).
      const loops = entry.device?.type === 'lo' && typeof entry.prefix.address === 'bigint';
      return loops ? 'ENETUNREACH' : undefined;
    }
    default:
      return undefined;
  }
}

/** The wording of the C library. */
export const ERROR_TEXT: Record<RouteError, string> = {
  EINVAL: 'Invalid argument',
  EHOSTUNREACH: 'No route to host',
  EACCES: 'Permission denied',
  ENETUNREACH: 'Network is unreachable',
};
