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
  'nft',
  'conntrack',
];

/** Line by line, what the kernel came to against what the emulator did. */
export function compareStates(
  namespace: string,
  kernel: NamespaceState,
  emulated: NamespaceState,
  anySourcePort = false,
): readonly Difference[] {
  return PARTS.flatMap((part): Difference[] => {
    const [theirs, ours] = comparable(part, kernel, emulated, anySourcePort);
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

/** Both sides' lines of a part, less what is nobody's to tell. */
function comparable(
  part: StatePart,
  kernel: NamespaceState,
  emulated: NamespaceState,
  anySourcePort: boolean,
): readonly [readonly string[], readonly string[]] {
  const [theirs, ours] = [kernel[part], emulated[part]];
  switch (part) {
    case 'fdb':
      return [withoutUnheard(theirs, ours, kernel.addresses), ours];
    case 'iptables':
    case 'ip6tables':
      return [theirs, withoutPolicyCounts(ours, theirs)];
    case 'routes':
      return [inOrderOfDevices(theirs), inOrderOfDevices(ours)];
    case 'conntrack':
      return anySourcePort ? [withoutPorts(theirs), withoutPorts(ours)] : [theirs, ours];
    default:
      return [theirs, ours];
  }
}

/** Routes that every device gets when its link is noticed, which for several is a matter of moments. */
const OF_EVERY_LINK = /^\d+: (multicast ff00::\/8|fe80::\/64|anycast fe80::) /;

function inOrderOfDevices(lines: readonly string[]): readonly string[] {
  const sorted = lines.filter((line) => OF_EVERY_LINK.test(line)).sort();
  let next = 0;
  return lines.map((line) => (OF_EVERY_LINK.test(line) ? (sorted[next++] ?? line) : line));
}

/** What NAT has drawn, and what answers come to it. */
const withoutPorts = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.replaceAll(/ (sport|dport|id)=\d+/g, ' $1=*')).sort();

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
  return theirs.filter((line) => !line.endsWith(' dynamic') || ours.includes(line));
}
