import { OptionsError, parseOptions } from '@podpath/cni';
import {
  AddressError,
  type Ipv4Prefix,
  type Ipv6Prefix,
  isIpv4Prefix,
  isIpv6Prefix,
  type Prefix,
  parsePrefixLoose,
} from '@podpath/net';
import { z } from 'zod';
import { withCanonicalKeys } from './canonical-keys.ts';

/**
 * Flannel's network config (`net-conf.json`) and the flags of flanneld that change what it programs.
 * Absent networks and families follow the cluster.
 */
export interface FlannelOptions {
  readonly network?: Ipv4Prefix;
  readonly ipv6Network?: Ipv6Prefix;
  readonly enableIpv4?: boolean;
  readonly enableIpv6?: boolean;
  readonly vxlan: VxlanOptions;
  /** `--ip-masq`, which the shipped manifest passes. */
  readonly ipMasq: boolean;
  /** `MASQUERADE --random-fully`, unless `--ip-masq-fully-random-disable`. */
  readonly randomFully: boolean;
  /** `--iptables-forward-rules`. */
  readonly forwardRules: boolean;
}

export interface VxlanOptions {
  readonly vni: number;
  readonly port: number;
  /** MTU of the network between the nodes, from which the encapsulation is taken off. */
  readonly mtuBytes: number;
  readonly learning: boolean;
  /** Nodes on one link route to each other without encapsulation. */
  readonly directRouting: boolean;
}

/** The kernel's default, which predates the port that IANA assigned. */
const KERNEL_VXLAN_PORT = 8472;
const UNDERLAY_MTU_BYTES = 1500;
const SMALLEST_MTU_BYTES = 1330;

const network = <P extends Prefix>(
  isFamily: (prefix: Prefix) => prefix is P,
  longest: number,
  expected: string,
) =>
  z.string({ error: expected }).transform((text, context): P => {
    try {
      const prefix = parsePrefixLoose(text);
      if (isFamily(prefix) && prefix.length <= longest) return prefix;
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
    }
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });

const flag = z.boolean({ error: 'true or false' });

const whole = (first: number, last: number, what: string) => {
  const error = `${what} from ${first} to ${last}`;
  return z.int({ error }).min(first, { error }).max(last, { error });
};

const EMULATED_BACKEND = 'vxlan (the one backend that is emulated)';
const backendSchema = z.strictObject({
  Type: z
    .string({ error: EMULATED_BACKEND })
    .toLowerCase()
    .pipe(z.literal('vxlan', { error: EMULATED_BACKEND })),
  VNI: whole(0, 0xff_ffff, 'a VXLAN network identifier').default(1),
  Port: whole(0, 65_535, 'a UDP port, or 0 for the kernel’s own,')
    .default(0)
    .transform((port) => (port === 0 ? KERNEL_VXLAN_PORT : port)),
  MTU: whole(
    SMALLEST_MTU_BYTES,
    UNDERLAY_MTU_BYTES,
    'an MTU of the nodes’ network in bytes',
  ).default(UNDERLAY_MTU_BYTES),
  Learning: flag.default(false),
  DirectRouting: flag.default(false),
  GBP: z.literal(false, { error: 'false (group policy bits are not emulated)' }).default(false),
});

const optionsSchema = z.strictObject({
  Network: network(
    isIpv4Prefix,
    28,
    'an IPv4 network of at most /28 such as 10.244.0.0/16',
  ).optional(),
  IPv6Network: network(
    isIpv6Prefix,
    124,
    'an IPv6 network of at most /124 such as fd00:10:244::/56',
  ).optional(),
  EnableIPv4: flag.optional(),
  EnableIPv6: flag.optional(),
  EnableNFTables: z
    .literal(false, {
      error: 'false (flannel’s iptables rules are emulated, its nftables are not)',
    })
    .optional(),
  Backend: backendSchema.optional(),
  iface: z.literal('eth0', { error: 'eth0 (an emulated node has no other interface)' }).optional(),
  ipMasq: flag.default(true),
  ipMasqFullyRandomDisable: flag.default(false),
  iptablesForwardRules: flag.default(true),
});

/**
 * Checks options from outside: the fields of `net-conf.json`, spelt in upper or lower case as flanneld takes
 * them, and flags of flanneld in camel case. Without any, what the shipped manifest configures.
 * Throws `OptionsError`.
 */
export function configure(input: unknown): FlannelOptions {
  const spelled = withCanonicalKeys(input ?? {}, Object.keys(optionsSchema.shape), {
    Backend: Object.keys(backendSchema.shape),
  });
  const { Backend, ...given } = parseOptions('flannel', optionsSchema, spelled);
  const backend = Backend ?? backendSchema.parse({ Type: 'vxlan' });
  if (given.EnableIPv4 === false && given.EnableIPv6 === false) {
    throw new OptionsError(
      'flannel',
      'EnableIPv6',
      'both address families are switched off',
      'true for EnableIPv4 or EnableIPv6',
    );
  }
  return {
    ...(given.Network === undefined ? {} : { network: given.Network }),
    ...(given.IPv6Network === undefined ? {} : { ipv6Network: given.IPv6Network }),
    ...(given.EnableIPv4 === undefined ? {} : { enableIpv4: given.EnableIPv4 }),
    ...(given.EnableIPv6 === undefined ? {} : { enableIpv6: given.EnableIPv6 }),
    vxlan: {
      vni: backend.VNI,
      port: backend.Port,
      mtuBytes: backend.MTU,
      learning: backend.Learning,
      directRouting: backend.DirectRouting,
    },
    ipMasq: given.ipMasq,
    randomFully: !given.ipMasqFullyRandomDisable,
    forwardRules: given.iptablesForwardRules,
  };
}
