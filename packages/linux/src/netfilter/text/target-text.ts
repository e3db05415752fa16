import { formatIp } from '@podpath/net';
import type { Target } from '../rule.ts';
import { hex, quote } from './quote.ts';

/** `-j …` or `-g …` in iptables-save's words. */
export const formatTarget = (target: Target): string => {
  switch (target.kind) {
    case 'accept':
      return '-j ACCEPT';
    case 'drop':
      return '-j DROP';
    case 'return':
      return '-j RETURN';
    case 'jump':
      return `-j ${target.chain}`;
    case 'goto':
      return `-g ${target.chain}`;
    case 'reject':
      return `-j REJECT --reject-with ${target.with}`;
    case 'mark':
      return `-j MARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`;
    case 'connmark-save':
      return `-j CONNMARK --save-mark ${formatMasks(target.mask)}`;
    case 'connmark-restore':
      return `-j CONNMARK --restore-mark ${formatMasks(target.mask)}`;
    case 'dnat':
      return `-j DNAT --to-destination ${formatEnd(target.address, target.port)}`;
    case 'snat': {
      const ports = target.ports === undefined ? undefined : formatPorts(target.ports);
      return `-j SNAT --to-source ${formatEnd(target.address, ports)}${randomFully(target)}`;
    }
    case 'masquerade': {
      const ports = target.ports === undefined ? '' : ` --to-ports ${formatPorts(target.ports)}`;
      return `-j MASQUERADE${ports}${randomFully(target)}`;
    }
    case 'notrack':
      return '-j NOTRACK';
    case 'log': {
      const prefix = target.prefix === '' ? '' : ` --log-prefix ${quote(target.prefix)}`;
      // 4 (warning) is what LOG uses unasked.
      const level =
        target.level === undefined || target.level === 4 ? '' : ` --log-level ${target.level}`;
      return `-j LOG${prefix}${level}`;
    }
    case 'nflog': {
      const prefix =
        target.prefix === undefined || target.prefix === ''
          ? ''
          : ` --nflog-prefix ${quote(target.prefix)}`;
      const group = target.group === 0 ? '' : ` --nflog-group ${target.group}`;
      const size = target.sizeBytes === undefined ? '' : ` --nflog-size ${target.sizeBytes}`;
      return `-j NFLOG${prefix}${group}${size}`;
    }
  }
};

const formatMasks = (mask: number): string => `--nfmask ${hex(mask)} --ctmask ${hex(mask)}`;

const formatPorts = ({ first, last }: { readonly first: number; readonly last: number }): string =>
  first === last ? String(first) : `${first}-${last}`;

const formatEnd = (address: number | bigint, port: number | string | undefined): string => {
  const text = formatIp(address);
  if (port === undefined) return text;
  return typeof address === 'number' ? `${text}:${port}` : `[${text}]:${port}`;
};

const randomFully = (target: { readonly randomFully?: boolean }): string =>
  target.randomFully === true ? ' --random-fully' : '';
