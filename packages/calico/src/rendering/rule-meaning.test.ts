import { type Prefix, parseIp, parsePrefix, prefixContains } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActiveRule, EndMatch } from '../policies/active-rule.ts';
import type { PortRange } from '../policies/port-range.ts';
import type { FelixMatch, FelixRule } from './felix-rule.ts';
import { renderRule } from './policy-rules.ts';
import { FELIX_DEFAULTS } from './render-config.ts';
import { activeRule } from './test-rendering.ts';

/** The rendered rules, run one by one on a packet, must come to what the policy rule says in one sentence. */
interface Packet {
  readonly protocol: string;
  readonly source: { readonly address: number; readonly port: number };
  readonly destination: { readonly address: number; readonly port: number };
}

const inRanges = (ranges: readonly PortRange[], port: number) =>
  ranges.some(({ first, last }) => first <= port && port <= last);

/** Named-port sets of these tests hold every address with one port: `n:80`. */
const namedPort = (set: string) => Number(set.replace(/^.*n:/, ''));

const matches = (match: FelixMatch, packet: Packet, mark: number): boolean => {
  const holds = () => {
    switch (match.kind) {
      case 'source':
      case 'destination':
        return prefixContains(match.prefix, packet[match.kind].address);
      case 'protocol':
        return match.protocol === packet.protocol;
      case 'multiport':
        return match.side !== 'either' && inRanges(match.ranges, packet[match.side].port);
      case 'set':
        return (
          packet[match.directions[0] === 'src' ? 'source' : 'destination'].port ===
          namedPort(match.set)
        );
      case 'mark':
        return (mark & match.mask) === match.value;
      default:
        throw new Error(`not in these tests: ${match.kind}`);
    }
  };
  return holds() !== ('invert' in match && match.invert === true);
};

const accepts = (rules: readonly FelixRule[], packet: Packet): boolean => {
  let mark = 0;
  for (const { match = [], action } of rules) {
    if (!match.every((one) => matches(one, packet, mark))) continue;
    if (action?.kind === 'set-mark') mark |= action.mark;
    if (action?.kind === 'clear-mark') mark &= ~action.mark;
    if (action?.kind === 'set-masked-mark') mark = (mark & ~action.mask) | action.mark;
    if (action?.kind === 'return') break;
  }
  return (mark & FELIX_DEFAULTS.marks.accept) !== 0;
};

const meansEnd = (end: EndMatch, { address, port }: Packet['source']): boolean => {
  const { nets = [], notNets = [], ports = [], namedPortIpsets = [], notPorts = [] } = end;
  const anyPort = ports.length + namedPortIpsets.length === 0;
  return (
    (nets.length === 0 || nets.some((net) => prefixContains(net, address))) &&
    !notNets.some((net) => prefixContains(net, address)) &&
    (anyPort || inRanges(ports, port) || namedPortIpsets.some((set) => namedPort(set) === port)) &&
    !inRanges(notPorts, port)
  );
};

const means = (rule: ActiveRule, packet: Packet): boolean =>
  (rule.protocol === undefined || rule.protocol === packet.protocol) &&
  meansEnd(rule.source, packet.source) &&
  meansEnd(rule.destination, packet.destination);

const net = fc.constantFrom(
  ...['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.1.2.3/32', '192.0.2.0/24'].map(parsePrefix),
);
const range = fc.tuple(fc.nat(40), fc.nat(2)).map(([first, n]) => ({ first, last: first + n }));
const list = <T>(of: fc.Arbitrary<T>, maxLength: number) => fc.array(of, { maxLength });
const end: fc.Arbitrary<EndMatch> = fc.record({
  nets: list<Prefix>(net, 3),
  notNets: list<Prefix>(net, 3),
  ports: list(range, 12),
  notPorts: list(range, 2),
  namedPortIpsets: list(fc.nat(40), 2).map((all) => all.map((port) => `n:${port}`)),
});
const rule = fc
  .record({ protocol: fc.constantFrom('tcp', undefined), source: end, destination: end })
  .map(({ protocol, ...ends }) =>
    activeRule(protocol === undefined ? ends : { protocol, ...ends }),
  );
const host = fc.record({
  address: fc.constantFrom(
    ...['10.1.2.3', '10.1.2.4', '10.1.9.9', '10.9.9.9', '192.0.2.1'].map((text) =>
      Number(parseIp(text)),
    ),
  ),
  port: fc.nat(45),
});
const packet = fc.record({
  protocol: fc.constantFrom('tcp', 'udp'),
  source: host,
  destination: host,
});

const OWNER = { kind: 'policy', direction: 'ingress', id: 'knp/a/b' } as const;
const render = (of: ActiveRule) => renderRule(of, 0, OWNER, 4, FELIX_DEFAULTS);

/** Blocks of alternatives after the first one use, and share, one mark bit. */
const blocksAfterFirst = (rules: readonly FelixRule[]) =>
  rules.filter(
    ({ match: [only, ...more] = [] }) =>
      more.length === 0 && only?.kind === 'mark' && only.mask === FELIX_DEFAULTS.marks.scratch1,
  ).length;

describe('the rules that a policy rule becomes', () => {
  it('mean the same, as long as they need no third list of alternatives', () => {
    fc.assert(
      fc.property(rule, fc.array(packet, { minLength: 20, maxLength: 20 }), (of, packets) => {
        const rules = render(of);
        fc.pre(blocksAfterFirst(rules) < 2);
        for (const one of packets) expect(accepts(rules, one)).toBe(means(of, one));
      }),
      { numRuns: 500 },
    );
  });

  it('let too much through with a third one, as they do in Felix, and never too little', () => {
    let tooMuch = 0;
    fc.assert(
      fc.property(rule, fc.array(packet, { minLength: 20, maxLength: 20 }), (of, packets) => {
        const rules = render(of);
        for (const one of packets) {
          const accepted = accepts(rules, one);
          if (means(of, one)) expect(accepted).toBe(true);
          else if (accepted) {
            expect(blocksAfterFirst(rules)).toBeGreaterThan(1);
            tooMuch++;
          }
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect(tooMuch).toBeGreaterThan(0);
  });
});
