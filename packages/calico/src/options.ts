import { OptionsError, parseOptions } from '@podpath/cni';
import {
  AddressError,
  familyOf,
  formatPrefix,
  type Prefix,
  parsePrefix,
  prefixCovers,
} from '@podpath/net';
import { z } from 'zod';
import { DEFAULT_NAT_OUTGOING } from './ipam/default-pools.ts';
import { DEFAULT_BLOCK_SIZE, type IpPool, type VxlanMode } from './ipam/ip-pool.ts';

/** What of Calico's configuration podpath reads, checked and with its defaults. */
export interface CalicoOptions {
  /** Absent: one pool a family, over the cluster's pod networks. */
  readonly ipPools?: readonly IpPool[];
  /** Of pools that do not say. */
  readonly vxlanMode: VxlanMode;
  /** Of pods and VXLAN devices. Absent: what encapsulation leaves of 1500 bytes. */
  readonly mtuBytes?: number;
  readonly vxlanPort: number;
  readonly vxlanVni: number;
  readonly endpointToHost: 'accept' | 'drop' | 'return';
  readonly filterAllow: 'accept' | 'return';
  readonly mangleAllow: 'accept' | 'return';
  readonly filterDeny: 'drop' | 'reject';
  readonly natOutgoingSparesHosts: boolean;
  /** The nodes' `net.ipv4.conf.default.rp_filter`, which Felix gives to the interfaces of pods. */
  readonly rpFilter: 0 | 1 | 2;
}

const SMALLEST_MTU_BYTES = 1280;
const LARGEST_MTU_BYTES = 1500;
const BLOCK_SIZES = { 4: [20, 32], 6: [116, 128] } as const;

const whole = (first: number, last: number, what: string) => {
  const error = `${what} from ${first} to ${last}`;
  return z.int({ error }).min(first, { error }).max(last, { error });
};
const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words, why = '') =>
  z.enum(words, { error: `${words.join(' or ')}${why}` });
const flag = z.boolean({ error: 'true or false' });

const ONLY_VXLAN = ' (VXLAN is emulated, IPIP and unencapsulated routing are not)';
const vxlanMode = oneOf(['Always', 'CrossSubnet'], ONLY_VXLAN);
const ipipMode = oneOf(['Never'], ONLY_VXLAN).optional();

const CIDR = 'a network without host bits, such as 10.244.0.0/16 or fd00:10:244::/56';
const cidr = z.string({ error: CIDR }).transform((text, context): Prefix => {
  try {
    return parsePrefix(text);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    context.addIssue({ code: 'custom', message: CIDR });
    return z.NEVER;
  }
});

const poolSchema = z.strictObject({
  name: z.string({ error: 'a name' }).min(1, { error: 'a name' }).optional(),
  cidr,
  blockSize: z.int({ error: 'a prefix length' }).optional(),
  vxlanMode: vxlanMode.optional(),
  ipipMode,
  natOutgoing: flag.optional(),
});

const optionsSchema = z.strictObject({
  ipPools: z.array(poolSchema, { error: 'a list of pools' }).min(1, { error: 'a pool' }).optional(),
  vxlanMode: vxlanMode.default('Always'),
  ipipMode,
  bgp: oneOf(['Disabled'], ' (routes are Felix’s own; BGP is not emulated)').optional(),
  linuxDataplane: oneOf(['Iptables'], ' (nftables, eBPF and VPP are not emulated)').optional(),
  chainInsertMode: oneOf(['Insert'], ' (Append is not emulated)').optional(),
  mtu: whole(SMALLEST_MTU_BYTES, LARGEST_MTU_BYTES, 'an MTU in bytes').optional(),
  vxlanPort: whole(1, 65_535, 'a UDP port').default(4789),
  vxlanVNI: whole(1, 0xff_ffff, 'a VXLAN network identifier').default(4096),
  defaultEndpointToHostAction: oneOf(['Accept', 'Drop', 'Return']).default('Accept'),
  iptablesFilterAllowAction: oneOf(['Accept', 'Return']).default('Accept'),
  iptablesMangleAllowAction: oneOf(['Accept', 'Return']).default('Accept'),
  iptablesFilterDenyAction: oneOf(['Drop', 'Reject']).default('Drop'),
  natOutgoingExclusions: oneOf(['IPPoolsOnly', 'IPPoolsAndHostIPs']).default('IPPoolsOnly'),
  rpFilter: z
    .union([z.literal(0), z.literal(1), z.literal(2)], {
      error: '0 (off), 1 (strict) or 2 (loose)',
    })
    .default(0),
});

const ACTIONS = { Accept: 'accept', Drop: 'drop', Return: 'return', Reject: 'reject' } as const;

/**
 * Checks options from outside: fields as IPPool, FelixConfiguration and the operator's Installation name
 * them. Without any, VXLAN as Calico's manifest sets it up. Throws `OptionsError`.
 */
export const configure = (input: unknown): CalicoOptions => {
  const given = parseOptions('calico', optionsSchema, input);
  const ipPools = given.ipPools?.map((pool, index) => checkedPool(pool, index, given.vxlanMode));
  refuseOverlaps(ipPools ?? []);
  return {
    ...(ipPools === undefined ? {} : { ipPools }),
    vxlanMode: given.vxlanMode,
    ...(given.mtu === undefined ? {} : { mtuBytes: given.mtu }),
    vxlanPort: given.vxlanPort,
    vxlanVni: given.vxlanVNI,
    endpointToHost: ACTIONS[given.defaultEndpointToHostAction],
    filterAllow: ACTIONS[given.iptablesFilterAllowAction],
    mangleAllow: ACTIONS[given.iptablesMangleAllowAction],
    filterDeny: ACTIONS[given.iptablesFilterDenyAction],
    natOutgoingSparesHosts: given.natOutgoingExclusions === 'IPPoolsAndHostIPs',
    rpFilter: given.rpFilter,
  };
};

const checkedPool = (pool: z.output<typeof poolSchema>, index: number, mode: VxlanMode): IpPool => {
  const family = familyOf(pool.cidr.address);
  const blockSize = pool.blockSize ?? DEFAULT_BLOCK_SIZE[family];
  const [smallest, largest] = BLOCK_SIZES[family];
  if (blockSize < Math.max(smallest, pool.cidr.length) || blockSize > largest) {
    throw new OptionsError(
      'calico',
      `ipPools[${index}].${pool.blockSize === undefined ? 'cidr' : 'blockSize'}`,
      `${formatPrefix(pool.cidr)} cannot be cut into blocks of /${blockSize}`,
      `a blockSize from ${smallest} to ${largest}, and a cidr no longer than it`,
    );
  }
  return {
    name: pool.name ?? `ippool-${index}`,
    cidr: pool.cidr,
    blockSize,
    vxlanMode: pool.vxlanMode ?? mode,
    natOutgoing: pool.natOutgoing ?? DEFAULT_NAT_OUTGOING[family],
  };
};

const refuseOverlaps = (pools: readonly IpPool[]): void => {
  for (const [index, pool] of pools.entries()) {
    const clash = pools.find(
      (other, at) =>
        at < index &&
        (prefixCovers(other.cidr, pool.cidr) ||
          prefixCovers(pool.cidr, other.cidr) ||
          other.name === pool.name),
    );
    if (clash === undefined) continue;
    throw new OptionsError(
      'calico',
      `ipPools[${index}]`,
      `${pool.name} (${formatPrefix(pool.cidr)}) clashes with ${clash.name} (${formatPrefix(clash.cidr)})`,
      'pools with names of their own that do not overlap',
    );
  }
};
