import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LinkAdd } from '../commands.ts';
import { formatProgram } from '../text/program.ts';
import { parseIpBatch } from './ip-batch.ts';
import { ParseError } from './parse-error.ts';

type TunnelAdd = Extract<LinkAdd, { type: 'ipip' | 'sit' | 'ip6tnl' | 'vxlan' }>;

const read = (text: string) =>
  parseIpBatch(text, { file: 'program', family: 4 }).map(({ value }) => value);

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const ipv4 = fc.nat({ max: 0xffff_ffff });
const ipv6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const byte = fc.nat({ max: 255 });
const port = fc.nat({ max: 65_535 });
const inherited = (number: fc.Arbitrary<number>) =>
  fc.oneof(number, fc.constant('inherit' as const));
const name = fc.constant('t0');
const dev = some(fc.constantFrom('eth0', 'bond0.7'));
const mark = fc.nat({ max: 0xffff_ffff });

const ipv4Tunnel = <T extends 'ipip' | 'sit', M extends string>(type: T, modes: readonly M[]) => ({
  kind: fc.constant('link-add' as const),
  name,
  type: fc.constant(type),
  mode: some(fc.constantFrom(...modes)),
  local: some(ipv4),
  remote: some(ipv4),
  dev,
  ttl: some(byte),
  tos: some(inherited(byte)),
  pathMtuDiscovery: some(fc.boolean()),
  fwmark: some(mark),
});

/** Without the fields that are undefined. */
const tidy = (fields: object): unknown =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const tunnels = fc
  .oneof(
    fc.record(ipv4Tunnel('ipip', ['ipip', 'any'])),
    fc.record(ipv4Tunnel('sit', ['ip6ip', 'ipip', 'any'])),
    fc.record({
      kind: fc.constant('link-add' as const),
      name,
      type: fc.constant('ip6tnl' as const),
      mode: some(fc.constantFrom('ip6ip6', 'ipip6', 'any')),
      local: some(ipv6),
      remote: some(ipv6),
      dev,
      hopLimit: some(byte),
      encapLimit: some(fc.oneof(byte, fc.constant('none' as const))),
      trafficClass: some(inherited(byte)),
      flowLabel: some(inherited(fc.nat({ max: 0xf_ffff }))),
      copyDscp: some(fc.constant(true)),
      allowLocalRemote: some(fc.boolean()),
      fwmark: some(inherited(mark)),
    }),
    fc.record({
      kind: fc.constant('link-add' as const),
      name,
      type: fc.constant('vxlan' as const),
      vni: fc.nat({ max: 0xff_ffff }),
      local: some(fc.oneof(ipv4, ipv6)),
      remote: some(fc.oneof(ipv4, ipv6)),
      dev,
      port,
      sourcePorts: some(fc.record({ first: port, last: port })),
      learning: fc.boolean(),
      ageingSeconds: some(mark),
      ttl: some(inherited(byte)),
      tos: some(inherited(byte)),
      df: some(fc.constantFrom('unset', 'set', 'inherit')),
      flowLabel: some(fc.nat({ max: 0xf_ffff })),
      udpChecksum: some(fc.boolean()),
      noUdpChecksumIpv6: some(fc.boolean()),
    }),
  )
  .map((fields) => tidy(fields) as TunnelAdd);

describe('the settings of tunnels as text', () => {
  test('are read back as they were written', () => {
    fc.assert(
      fc.property(tunnels, (command) => {
        const text = formatProgram({ namespace: 'n', commands: [command] });
        expect(read(text)).toEqual([command]);
      }),
    );
  });

  test.each([
    'link add t type ip6tnl',
    'link add t type ip6tnl mode ip6ip6 local 2001:db8::1 remote 2001:db8::2 dev eth0',
    'link add t type ip6tnl encaplimit none hoplimit 0 tclass inherit flowlabel 0x12345',
    'link add t type ip6tnl encaplimit 4 hoplimit 64 tclass 0xb8 flowlabel inherit dscp inherit allow-localremote fwmark inherit',
    'link add t type sit mode any remote 192.0.2.2 ttl 64 tos inherit pmtudisc fwmark 0x1',
    'link add t type ipip mode any tos 0x10 nopmtudisc',
    'link add v type vxlan id 1 remote 192.0.2.1 dstport 4789 srcport 5000 5010 learning ageing 77 ttl inherit tos inherit df inherit noudpcsum',
    'link add v type vxlan id 2 dstport 4789 nolearning ttl auto tos 0x10 df set flowlabel 0x123 udp6zerocsumtx',
  ])('are written as they were read: %s', (line) => {
    expect(formatProgram({ namespace: 'n', commands: read(line) })).toContain(line);
  });

  test('may be given by the other names that iproute2 has for them', () => {
    expect(read('link add t type ip6tnl ttl inherit tos b8')).toMatchObject([
      { hopLimit: 0, trafficClass: 0xb8 },
    ]);
  });

  test.each([
    ['link add t type ip6tnl local 192.0.2.1', 'program:1:30: an IPv4 address'],
    ['link add t type ip6tnl mode ipip', 'program:1:29: "ipip" is no mode'],
    ['link add t type ip6tnl encaplimit all', 'program:1:35: "all" is no limit'],
    ['link add t type ip6tnl flowlabel 100000', 'program:1:34: "100000" is no flow label'],
    ['link add t type ip6tnl tclass 0x100', 'program:1:31: "0x100" is no traffic class'],
    ['link add t type ip6tnl dscp copy', 'program:1:29: "copy" is no source of the DSCP'],
    ['link add t type ip6tnl encap fou', 'program:1:24: "encap" is no setting'],
    ['link add t type sit remote fd00::1', 'program:1:28: an IPv6 address'],
    ['link add t type sit 6rd-prefix fd00::/32', 'program:1:21: "6rd-prefix" is no setting'],
    ['link add t type sit mode mplsip', 'program:1:26: "mplsip" is no mode'],
    ['link add v type vxlan id 1 dstport 5', 'a vxlan of which nobody knows whether it learns'],
    ['link add v type vxlan dstport 5 learning', 'a vxlan without an identifier'],
    ['link add v type vxlan id 1 learning', 'a vxlan without a port'],
    ['link add v type vxlan id 1 group 239.0.0.1', 'program:1:28: "group" is no setting'],
    ['link add v type vxlan id 1 df on', 'program:1:31: "on" is no value'],
    ['link add v type vxlan id 1 srcport 5', 'program:1:37: the line ends too early'],
    ['link add v type vxlan id 1 flowlabel 0x100000', 'program:1:38: more than 20 bits'],
    ['link add t type ipip fwmark', 'program:1:28: the line ends too early'],
  ])('are refused with their place: %s', (line, message) => {
    expect(() => read(line)).toThrow(ParseError);
    expect(() => read(line)).toThrow(message);
  });
});
