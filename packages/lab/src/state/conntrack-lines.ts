import { formatIp, tryParseIp } from '@podpath/net';

/**
 * Connections from `/proc/net/nf_conntrack` or from the list that the emulator prints: protocol, state, both tuples,
 * flags and mark, without timeouts and use counts. Groups' entries are the hosts' own chatter.
 */
export function conntrackLines(text: string): readonly string[] {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const words = line.split(/\s+/).filter((word) => word !== '');
    const proc = words[0] === 'ipv4' || words[0] === 'ipv6';
    const [name, , , ...rest] = proc ? words.slice(2) : words;
    if (name === undefined) continue;
    const kept = rest
      .filter((word) => !/^(use|delta-time|secctx)=/.test(word))
      // `/proc` names the zone that all are in.
      .filter((word) => !/^zone(-orig|-reply)?=0$/.test(word))
      .map(plainAddress);
    const group = kept.some((word) => /^dst=(22[4-9]|23\d|ff)/.test(word));
    if (!group) lines.push(tunnelled([name, ...kept].join(' ')));
  }
  return [...new Set(lines)].sort();
}

/** A tunnel's packets have source ports from a hash with a key of each kernel's own. */
const tunnelled = (line: string): string =>
  line
    .replaceAll(/sport=\d+ dport=(4789|6784|8472)\b/g, 'sport=* dport=$1')
    .replaceAll(/sport=(4789|6784|8472) dport=\d+/g, 'sport=$1 dport=*')
    // Answers go to the port that was drawn, wherever NAT has them come from.
    .replace(/(sport=\* .* dport=)\d+/, '$1*');

/** `/proc` writes every digit of an IPv6 address. */
function plainAddress(word: string): string {
  const [key, value] = word.split('=');
  if ((key !== 'src' && key !== 'dst') || value === undefined) return word;
  const address = tryParseIp(value);
  return address === undefined ? word : `${key}=${formatIp(address)}`;
}
