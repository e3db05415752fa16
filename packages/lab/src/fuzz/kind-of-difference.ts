import type { Difference } from '../compare/difference.ts';

/** Which kind of thing differs: the same for a scenario and for what is left of it. */
export function kindOf({ what, kernel, emulated }: Difference): string {
  const kind = what
    .replace(/^step \d+: /, '')
    .replace(/frame \d+ (in|out) \S+ \S+/, 'frame')
    .replace(/ of \S+$/, '');
  if (kind === 'the socket heard') return `${kind}: ${rough(kernel)}, not ${rough(emulated)}`;
  if (kind.endsWith('tables')) return `${kind}: ${/-A .*?(?= \||$)/.exec(kernel)?.[0]}`;
  if (kind !== 'frame') return kind;
  const missing = emulated === 'absent' ? kernel : emulated;
  const type = /arp|icmp\.type=\d+|tcp|udp/.exec(missing)?.[0] ?? 'other';
  return `frame ${emulated === 'absent' ? 'not made' : 'made up'}: ${type}`;
}

/** Without addresses and sizes, which a smaller scenario may not share. */
const rough = (heard: string): string =>
  heard.replaceAll(/ from \S+/g, '').replaceAll(/answer of \d+ bytes/g, 'answer');
