import { familyOf, type Ip, type IpFamily, IpProtocol } from '@podpath/net';
import type { IpsetStore } from '../ipset/ipset-store.ts';
import { isTimeout } from '../ipset/new-set.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { NatTarget, PortRange, TableName, Target } from '../rule.ts';
import { checkSet } from './check-match.ts';
import { checkPorts, isWhole, needsProtocol, type RulePlace, wrongFamily } from './rule-place.ts';

const MOST_MSS = 65_515;
const MOST_ZONE = 65_535;

/** What is wrong with the target of a rule; `protocol` is the one that the rule is limited to. */
export const checkTarget = (
  target: Target,
  protocol: number | undefined,
  { family, table }: RulePlace,
  sets: IpsetStore,
): Refusal | undefined => {
  const needs = TABLE_OF_TARGET[target.kind];
  if (needs !== undefined && needs !== table) {
    return invalid(`target ${target.kind} is only valid in the ${needs} table`);
  }
  switch (target.kind) {
    case 'drop':
      return table === 'nat'
        ? invalid(
            'the "nat" table is not intended for filtering, the use of DROP is therefore inhibited',
          )
        : undefined;
    case 'reject':
      if (target.with === 'tcp-reset') return needsProtocol('tcp', protocol);
      return target.with.startsWith('icmp6-') === (family === 6)
        ? undefined
        : invalid(`unknown reject type "${target.with}"`);
    case 'dnat':
    case 'snat':
    case 'masquerade':
    case 'redirect':
      return checkNat(target, family, protocol);
    case 'ct':
      if (target.helper !== undefined) return noHelpers(target.helper);
      return target.zone === undefined || target.zone === 'mark' || isWhole(target.zone, MOST_ZONE)
        ? undefined
        : invalid(`cannot parse ${target.zone} as a zone ID`);
    case 'tcp-mss':
      if (target.mss !== 'path-mtu' && !isWhole(target.mss, MOST_MSS)) {
        return invalid(`bad value for option "--set-mss", or out of range (0-${MOST_MSS})`);
      }
      return needsProtocol('tcp', protocol);
    case 'dscp':
      return isWhole(target.value, 63)
        ? undefined
        : invalid('bad value for option "--set-dscp", or out of range (0-63)');
    case 'set': {
      const { timeoutSeconds } = target;
      return timeoutSeconds === undefined || isTimeout(timeoutSeconds)
        ? checkSet(target, family, sets)
        : invalid(`invalid timeout of ${timeoutSeconds} seconds`);
    }
    default:
      return undefined;
  }
};

const TABLE_OF_TARGET: Partial<Record<Target['kind'], TableName>> = {
  dnat: 'nat',
  snat: 'nat',
  masquerade: 'nat',
  redirect: 'nat',
  notrack: 'raw',
  ct: 'raw',
  dscp: 'mangle',
  tos: 'mangle',
  reject: 'filter',
};

const noHelpers = (helper: string): Refusal => ({
  code: 'EOPNOTSUPP',
  why: `podpath does not emulate connection tracking helpers (${helper})`,
});

const checkNat = (
  target: NatTarget,
  family: IpFamily,
  protocol: number | undefined,
): Refusal | undefined => {
  for (const address of addressesOf(target)) {
    if (familyOf(address) !== family) return invalid(wrongFamily(family));
  }
  const ports = portsOf(target);
  if (ports === undefined) {
    const takesAddress = target.kind === 'dnat' || target.kind === 'snat';
    return takesAddress && target.address === undefined
      ? invalid(`${target.kind} needs an address or ports`)
      : undefined;
  }
  if (!hasPorts(protocol)) {
    return invalid('need TCP, UDP, SCTP or DCCP with port specification');
  }
  if (target.kind !== 'dnat' || target.basePort === undefined) return checkPorts([ports]);
  const { basePort } = target;
  return checkPorts([ports, { first: basePort, last: basePort }]);
};

const addressesOf = (target: NatTarget): readonly Ip[] => {
  if (target.kind !== 'dnat' && target.kind !== 'snat') return [];
  const { address, lastAddress = address } = target;
  return [address, lastAddress].filter((each) => each !== undefined);
};

const portsOf = (target: NatTarget): PortRange | undefined => {
  if (target.kind !== 'dnat') return target.ports;
  const { port, lastPort = port } = target;
  return port === undefined || lastPort === undefined ? undefined : { first: port, last: lastPort };
};

/** ICMP has identifiers for ports, but only iptables' own ICMP is taken to. */
const hasPorts = (protocol: number | undefined): boolean =>
  protocol === IpProtocol.TCP ||
  protocol === IpProtocol.UDP ||
  protocol === IpProtocol.SCTP ||
  protocol === IpProtocol.ICMP ||
  protocol === 33;
