import { formatIp } from '@podpath/net';
import type { NatTarget, PortRange, Target } from '../rule.ts';
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
    case 'connmark-set':
      return `-j CONNMARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`;
    case 'connmark-save':
      return `-j CONNMARK --save-mark ${formatMasks(target)}`;
    case 'connmark-restore':
      return `-j CONNMARK --restore-mark ${formatMasks(target)}`;
    case 'dnat':
    case 'snat':
    case 'masquerade':
    case 'redirect':
      return formatNat(target);
    case 'ct':
      return formatCt(target);
    case 'tcp-mss':
      return target.mss === 'path-mtu'
        ? '-j TCPMSS --clamp-mss-to-pmtu'
        : `-j TCPMSS --set-mss ${target.mss}`;
    case 'dscp':
      return `-j DSCP --set-dscp ${byte(target.value)}`;
    case 'tos':
      return `-j TOS --set-tos ${byte(target.value)}/${byte(target.mask)}`;
    case 'set': {
      const op = target.op === 'add' ? '--add-set' : '--del-set';
      const exist = target.exist === true ? ' --exist' : '';
      const { timeoutSeconds } = target;
      const timeout = timeoutSeconds === undefined ? '' : ` --timeout ${timeoutSeconds}`;
      return `-j SET ${op} ${target.set} ${target.directions.join(',')}${exist}${timeout}`;
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
    case 'opaque':
      return `-j ${target.name}${target.options === '' ? '' : ` ${target.options}`}`;
  }
};

type TargetOf<K extends Target['kind']> = Extract<Target, { readonly kind: K }>;

const formatMasks = ({
  mask,
  packetMask = mask,
}: TargetOf<'connmark-save' | 'connmark-restore'>): string =>
  `--nfmask ${hex(packetMask)} --ctmask ${hex(mask)}`;

const formatNat = (target: NatTarget): string => {
  const flags = natFlags(target);
  switch (target.kind) {
    case 'dnat': {
      const { port, lastPort = port, basePort } = target;
      const base = basePort === undefined ? '' : `/${basePort}`;
      const ports =
        port === undefined || lastPort === undefined
          ? undefined
          : `${formatPorts({ first: port, last: lastPort })}${base}`;
      return `-j DNAT --to-destination ${formatEnds(target, ports)}${flags}`;
    }
    case 'snat': {
      const ports = target.ports === undefined ? undefined : formatPorts(target.ports);
      return `-j SNAT --to-source ${formatEnds(target, ports)}${flags}`;
    }
    case 'masquerade':
    case 'redirect': {
      const ports = target.ports === undefined ? '' : ` --to-ports ${formatPorts(target.ports)}`;
      return `-j ${target.kind === 'redirect' ? 'REDIRECT' : 'MASQUERADE'}${ports}${flags}`;
    }
  }
};

const formatPorts = ({ first, last }: PortRange): string =>
  first === last ? String(first) : `${first}-${last}`;

const formatEnds = (
  { address, lastAddress = address }: TargetOf<'dnat' | 'snat'>,
  ports: string | undefined,
): string => {
  if (address === undefined || lastAddress === undefined) return `:${ports ?? ''}`;
  const text =
    lastAddress === address ? formatIp(address) : `${formatIp(address)}-${formatIp(lastAddress)}`;
  if (ports === undefined) return text;
  return typeof address === 'number' ? `${text}:${ports}` : `[${text}]:${ports}`;
};

const natFlags = (target: NatTarget): string => {
  const flags = [
    target.random === true ? ' --random' : '',
    'randomFully' in target && target.randomFully === true ? ' --random-fully' : '',
    'persistent' in target && target.persistent === true ? ' --persistent' : '',
  ];
  return flags.join('');
};

const formatCt = ({ notrack, zone, zoneDirection, helper }: TargetOf<'ct'>): string => {
  const parts = ['-j CT'];
  if (notrack === true) parts.push('--notrack');
  if (helper !== undefined) parts.push(`--helper ${helper}`);
  // Zone 0 is where everything is.
  if (zone !== undefined && zone !== 0)
    parts.push(`${ZONE_OPTION[zoneDirection ?? 'both']} ${zone}`);
  return parts.join(' ');
};

const ZONE_OPTION = { both: '--zone', original: '--zone-orig', reply: '--zone-reply' } as const;

const byte = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;
