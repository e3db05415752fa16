import type { Difference } from '../compare/difference.ts';
import type { NamespaceState, StatePart } from './namespace-state.ts';

const PARTS: readonly StatePart[] = [
  'links',
  'addresses',
  'routes',
  'neighbours',
  'fdb',
  'iptables',
  'ip6tables',
  'ipsets',
  'conntrack',
];

/** Line by line, what the kernel came to against what the emulator did. */
export function compareStates(
  namespace: string,
  kernel: NamespaceState,
  emulated: NamespaceState,
): readonly Difference[] {
  return PARTS.flatMap((part): Difference[] => {
    const theirs =
      part === 'fdb'
        ? withoutUnheard(kernel[part], emulated[part], kernel.addresses)
        : kernel[part];
    const ours = part.endsWith('tables')
      ? withoutPolicyCounts(emulated[part], theirs)
      : emulated[part];
    if (theirs.join('\n') === ours.join('\n')) return [];
    return [
      {
        what: `${part} of ${namespace}`,
        kernel: onlyIn(theirs, ours),
        emulated: onlyIn(ours, theirs),
      },
    ];
  });
}

/** Lines that the other does not have; all of them when only the order differs. */
function onlyIn(lines: readonly string[], others: readonly string[]): string {
  const left = [...others];
  const own = lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  const sameLines = own.length === 0 && lines.length === others.length;
  return (sameLines ? lines : own).join(' | ') || 'nothing';
}

/**
 * nf_tables counts what reaches a policy only where a policy has been set by hand; the emulator always does, as
 * the older iptables did.
 */
function withoutPolicyCounts(
  ours: readonly string[],
  theirs: readonly string[],
): readonly string[] {
  return ours.map((line, at) => {
    const uncounted = /^(:\S+ \S+) \[0:0\]$/.exec(theirs[at] ?? '');
    return uncounted !== null && line.startsWith(`${uncounted[1]} [`) ? (theirs[at] ?? line) : line;
  });
}

/** An IPv6 host makes itself known to a bridge by saying things of its own accord. */
function withoutUnheard(
  theirs: readonly string[],
  ours: readonly string[],
  addresses: readonly string[],
): readonly string[] {
  if (!addresses.some((line) => line.includes(' fe80:'))) return theirs;
  return theirs.filter((line) => !line.endsWith(' learned') || ours.includes(line));
}
