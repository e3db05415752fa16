import { formatIp, type IpFamily } from '@podpath/net';
import type { Match } from '../rule.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;
type FieldMatch = MatchOf<'length' | 'ttl' | 'tos' | 'dscp' | 'ip-range' | 'spi'>;

const EVERY_SPI = 0xffff_ffff;

/** The module and the options of matches on header fields, in iptables-save's words. */
export const formatHeaderMatch = (
  match: FieldMatch,
  family: IpFamily,
): { readonly module: string; readonly options: string } => {
  const not = 'invert' in match && match.invert === true ? '! ' : '';
  switch (match.kind) {
    case 'length':
      return { module: 'length', options: `${not}--length ${formatRange(match)}` };
    case 'ttl': {
      const module = family === 4 ? 'ttl' : 'hl';
      return { module, options: `${not}--${module}-${COMPARE[match.compare]} ${match.value}` };
    }
    case 'tos':
      return { module: 'tos', options: `${not}--tos ${byte(match.value)}/${byte(match.mask)}` };
    case 'dscp':
      return { module: 'dscp', options: `${not}--dscp ${byte(match.value)}` };
    case 'ip-range':
      return { module: 'iprange', options: formatAddressRanges(match) };
    case 'spi': {
      const every = match.first === 0 && match.last === EVERY_SPI && not === '';
      const options = every ? '' : `${not}--${match.protocol}spi ${formatRange(match)}`;
      return { module: match.protocol, options };
    }
  }
};

const COMPARE = { equal: 'eq', less: 'lt', greater: 'gt' } as const;

const byte = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

const formatRange = ({ first, last }: { readonly first: number; readonly last: number }): string =>
  first === last ? String(first) : `${first}:${last}`;

const formatAddressRanges = ({ source, destination }: MatchOf<'ip-range'>): string =>
  [['--src-range', source] as const, ['--dst-range', destination] as const]
    .flatMap(([option, range]) => {
      if (range === undefined) return [];
      const { first, last, invert } = range;
      return [`${invert === true ? '! ' : ''}${option} ${formatIp(first)}-${formatIp(last)}`];
    })
    .join(' ');
