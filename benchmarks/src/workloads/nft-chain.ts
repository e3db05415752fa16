import type { Match, Rule } from '@podpath/linux';
import { formatPrefix } from '@podpath/net';

/** The rules of `longChain`, each in the words of nft, as a base chain that packets pass on their way through. */
export function longChainOfNftables(rules: readonly Rule[]): string {
  const lines = rules.map(({ matches }) => `${matches.flatMap(written).join(' ')} counter drop`);
  return [
    'table ip long {',
    'chain forward {',
    'type filter hook forward priority 0;',
    ...lines,
    '}',
    '}',
  ].join('\n');
}

function written(match: Match): readonly string[] {
  switch (match.kind) {
    case 'source':
      return [`ip saddr ${formatPrefix(match.prefix)}`];
    case 'destination':
      return [`ip daddr ${formatPrefix(match.prefix)}`];
    case 'in-interface':
      return [`iifname "${match.name}"`];
    case 'port': {
      const side = match.side === 'source' ? 'sport' : 'dport';
      const { first, last } = match;
      return [`${match.protocol} ${side} ${first === last ? first : `${first}-${last}`}`];
    }
    // What asks for ports asks for the protocol too.
    case 'protocol':
    case 'protocol-module':
    case 'comment':
      return [];
    default:
      throw new RangeError(`long chains have no ${match.kind}`);
  }
}
