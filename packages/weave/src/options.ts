import { parseOptions } from '@podpath/cni';
import { AddressError, type Ipv4Prefix, isIpv4Prefix, parsePrefixLoose } from '@podpath/net';
import { z } from 'zod';

/** What of Weave Net's configuration podpath reads, checked and with the defaults of its manifest. */
export interface WeaveOptions {
  /** Addresses of pods and bridges (`IPALLOC_RANGE`), and the one subnet that they share. */
  readonly range: Ipv4Prefix;
  /** Of the bridge and of pods (`WEAVE_MTU`). */
  readonly mtuBytes: number;
  /** TCP control port (`WEAVE_PORT`); VXLAN uses the next one. */
  readonly port: number;
  /** Whether a pod can reach itself through a Service (`HAIRPIN_MODE`). */
  readonly hairpinMode: boolean;
  /** Whether traffic from outside keeps its source on the pod's own node (`NO_MASQ_LOCAL`). */
  readonly noMasqLocal: boolean;
  /** Whether weave-npc lets multicast pass (`--allow-mcast`). */
  readonly allowMulticast: boolean;
  /** Pairs of nodes whose peers are connected, when discovery is off. Absent: every node to every other. */
  readonly connections?: readonly (readonly [string, string])[];
}

const DEFAULT_RANGE: Ipv4Prefix = { address: 0x0a20_0000, length: 12 };
const DEFAULT_MTU_BYTES = 1376;
/** What the overlay's headers leave of the nodes' 1500 bytes. */
const LARGEST_MTU_BYTES = 1450;
const SMALLEST_MTU_BYTES = 576;
const DEFAULT_PORT = 6783;
/** Weave refuses to allocate from less than four addresses. */
const LONGEST_RANGE = 30;

const RANGE = `an IPv4 network of at most /${LONGEST_RANGE} such as 10.32.0.0/12`;
const range = z.string({ error: RANGE }).transform((text, context): Ipv4Prefix => {
  try {
    const prefix = parsePrefixLoose(text);
    if (isIpv4Prefix(prefix) && prefix.length <= LONGEST_RANGE) return prefix;
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
  }
  context.addIssue({ code: 'custom', message: RANGE });
  return z.NEVER;
});

const flag = z.boolean({ error: 'true or false' });
const whole = (first: number, last: number, what: string) => {
  const error = `${what} from ${first} to ${last}`;
  return z.int({ error }).min(first, { error }).max(last, { error });
};
const only = <const Value extends boolean>(value: Value, why: string) =>
  z.literal(value, { error: `${value} (${why})` }).optional();

const PAIR = 'pairs of node names, such as [["node-1", "node-2"]]';
const nodeName = z.string({ error: PAIR });

const optionsSchema = z.strictObject({
  range: range.default(DEFAULT_RANGE),
  mtu: whole(
    SMALLEST_MTU_BYTES,
    LARGEST_MTU_BYTES,
    'an MTU in bytes that fits the nodes’ 1500 with VXLAN’s headers,',
  ).default(DEFAULT_MTU_BYTES),
  port: whole(1, 65_534, 'a TCP port, followed by a free UDP port,').default(DEFAULT_PORT),
  hairpinMode: flag.default(true),
  noMasqLocal: flag.default(true),
  allowMulticast: flag.default(true),
  connections: z.array(z.tuple([nodeName, nodeName], { error: PAIR }), { error: PAIR }).optional(),
  fastdp: only(
    true,
    'without the fast data path pods would be on another kind of bridge, which is not emulated',
  ),
  bridgedFastdp: only(
    true,
    'pods on a Linux bridge are emulated, pods on the OVS datapath are not',
  ),
  encryption: only(false, 'neither ESP nor encrypted sleeve is emulated'),
  awsvpc: only(false, 'routes of an AWS VPC are not emulated'),
  expectNpc: only(true, 'a node without weave-npc is not emulated'),
});

/**
 * Checks options from outside: in camel case what weave-kube reads from its environment. Without any, what
 * its manifest configures. Throws `OptionsError`, which names what is not emulated as well.
 */
export function configure(input: unknown): WeaveOptions {
  const { mtu, port, connections, ...given } = parseOptions('weave', optionsSchema, input);
  return {
    range: given.range,
    mtuBytes: mtu,
    port,
    hairpinMode: given.hairpinMode,
    noMasqLocal: given.noMasqLocal,
    allowMulticast: given.allowMulticast,
    ...(connections === undefined ? {} : { connections }),
  };
}
