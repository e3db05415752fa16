import type { ActiveRule, EndMatch } from '@podpath/calico/conformance';
import { type Prefix, parseIp, parsePrefixLoose } from '@podpath/net';
import { z } from 'zod';

const net = z.string().transform((text): Prefix => {
  if (text.includes('/')) return parsePrefixLoose(text);
  const address = parseIp(text);
  return { address, length: typeof address === 'number' ? 32 : 128 };
});
const nets = z.array(net).optional();
const ports = z.array(z.object({ first: z.int(), last: z.int() })).optional();
const sets = z.array(z.string()).optional();
const icmp = z.object({ type: z.int(), code: z.int().optional() }).optional();
const protocol = z.union([z.string(), z.int()]).optional();

/** A rule as Felix's data plane gets it, in the vectors' spelling. Strict: an unknown field must not go unnoticed. */
const schema = z.strictObject({
  action: z.string().default('allow'),
  ipVersion: z.union([z.literal(4), z.literal(6)]).optional(),
  protocol,
  notProtocol: protocol,
  icmp,
  notIcmp: icmp,
  srcNet: nets,
  notSrcNet: nets,
  srcPorts: ports,
  notSrcPorts: ports,
  srcIpSetIds: sets,
  notSrcIpSetIds: sets,
  srcNamedPortIpSetIds: sets,
  notSrcNamedPortIpSetIds: sets,
  dstNet: nets,
  notDstNet: nets,
  dstPorts: ports,
  notDstPorts: ports,
  dstIpSetIds: sets,
  notDstIpSetIds: sets,
  dstNamedPortIpSetIds: sets,
  notDstNamedPortIpSetIds: sets,
  dstIpPortSetIds: sets,
});

const ACTIONS = {
  '': 'allow',
  allow: 'allow',
  deny: 'deny',
  pass: 'pass',
  'next-tier': 'pass',
  log: 'log',
} as const;
const isAction = (word: string): word is keyof typeof ACTIONS => Object.hasOwn(ACTIONS, word);

/** Reads a rule, or says which of its fields podpath does not know. */
export const readActiveRule = (
  json: unknown,
): { readonly rule: ActiveRule } | { readonly unknown: string } => {
  const result = schema.safeParse(json);
  if (!result.success) return { unknown: `rules such as ${JSON.stringify(json)}` };
  const given = result.data;
  if (!isAction(given.action)) return { unknown: `the action ${given.action}` };
  const source: EndMatch = {
    nets: given.srcNet ?? [],
    notNets: given.notSrcNet ?? [],
    ports: given.srcPorts ?? [],
    notPorts: given.notSrcPorts ?? [],
    ipsets: given.srcIpSetIds ?? [],
    notIpsets: given.notSrcIpSetIds ?? [],
    namedPortIpsets: given.srcNamedPortIpSetIds ?? [],
    notNamedPortIpsets: given.notSrcNamedPortIpSetIds ?? [],
  };
  const destination: EndMatch = {
    nets: given.dstNet ?? [],
    notNets: given.notDstNet ?? [],
    ports: given.dstPorts ?? [],
    notPorts: given.notDstPorts ?? [],
    ipsets: given.dstIpSetIds ?? [],
    notIpsets: given.notDstIpSetIds ?? [],
    namedPortIpsets: given.dstNamedPortIpSetIds ?? [],
    notNamedPortIpsets: given.notDstNamedPortIpSetIds ?? [],
    ipPortIpsets: given.dstIpPortSetIds ?? [],
  };
  return {
    rule: {
      action: ACTIONS[given.action],
      ...(given.ipVersion === undefined ? {} : { ipVersion: given.ipVersion }),
      ...(given.protocol === undefined ? {} : { protocol: given.protocol }),
      ...(given.notProtocol === undefined ? {} : { notProtocol: given.notProtocol }),
      ...(given.icmp === undefined ? {} : { icmp: icmpOf(given.icmp) }),
      ...(given.notIcmp === undefined ? {} : { notIcmp: icmpOf(given.notIcmp) }),
      source,
      destination,
    },
  };
};

const icmpOf = ({ type, code }: { type: number; code?: number | undefined }) =>
  code === undefined ? { type } : { type, code };
