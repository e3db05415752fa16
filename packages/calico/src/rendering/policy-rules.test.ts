import { type IpFamily, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { ActiveRule } from '../policies/active-rule.ts';
import { renderRule } from './policy-rules.ts';
import { FELIX_DEFAULTS, type RenderConfig } from './render-config.ts';
import { activeRule, ports, textOf } from './test-rendering.ts';

const OWNER = { kind: 'policy', direction: 'ingress', id: 'gnp/default.foo' } as const;
const nets = (...texts: readonly string[]) => texts.map(parsePrefix);

const render = (
  rule: Partial<ActiveRule>,
  family: IpFamily = 4,
  config: RenderConfig = FELIX_DEFAULTS,
) => textOf(renderRule(activeRule(rule), 0, OWNER, family, config));

const ACCEPT_AND_RETURN = [
  '-m mark --mark 0x80000/0x80000 --jump MARK --set-mark 0x10000/0x10000',
  '-m mark --mark 0x10000/0x10000 --jump RETURN',
];

describe('renderRule', () => {
  it('marks what matches and then acts on the mark', () => {
    expect(
      render({
        protocol: 'tcp',
        source: { ipsets: ['s:abc'] },
        destination: { ports: [{ first: 8000, last: 8999 }, ...ports(80)] },
      }),
    ).toEqual([
      '-p tcp -m set --match-set cali40s:abc src -m multiport --destination-ports 8000:8999,80 --jump MARK --set-mark 0x10000/0x10000',
      '-m mark --mark 0x10000/0x10000 --jump RETURN',
    ]);
    expect(render({ action: 'deny' })).toEqual([
      '--jump MARK --set-mark 0x40000/0x40000',
      '-m mark --mark 0x40000/0x40000 --jump DROP',
    ]);
    expect(render({ action: 'pass' })).toEqual([
      '--jump MARK --set-mark 0x20000/0x20000',
      '-m mark --mark 0x20000/0x20000 --jump RETURN',
    ]);
    expect(render({ action: 'log', protocol: 'udp' })).toEqual([
      '-p udp --jump LOG --log-prefix "calico-packet: " --log-level 5',
    ]);
  });

  it('writes positive matches before negated ones', () => {
    expect(
      render({
        notProtocol: 'udp',
        icmp: { type: 8, code: 0 },
        source: { notNets: nets('10.0.0.0/8'), notPorts: ports(1) },
        destination: { nets: nets('12.0.0.0/8'), notIpsets: ['x'], ipPortIpsets: ['svc:y'] },
      })[0],
    ).toBe(
      '--destination 12.0.0.0/8 -m set --match-set cali40svc:y dst,dst -m icmp --icmp-type 8/0 ! -p udp ' +
        '! --source 10.0.0.0/8 -m multiport ! --source-ports 1 -m set ! --match-set cali40x dst --jump MARK --set-mark 0x10000/0x10000',
    );
  });

  it('ORs several nets in a block of helper rules', () => {
    expect(render({ source: { nets: nets('10.0.0.0/24', '10.0.1.0/24') } })).toEqual([
      '--jump MARK --set-mark 0x0/0x180000',
      '--source 10.0.0.0/24 --jump MARK --set-mark 0x80000/0x80000',
      '--source 10.0.1.0/24 --jump MARK --set-mark 0x80000/0x80000',
      ...ACCEPT_AND_RETURN,
    ]);
  });

  it('takes an ipBlock with exceptions apart: the net in the rule, the exceptions before it', () => {
    const destination = { nets: nets('10.0.0.0/8'), notNets: nets('10.1.0.0/16', '10.2.0.0/16') };
    expect(render({ destination })).toEqual([
      '--jump MARK --set-mark 0x80000/0x180000',
      '--destination 10.1.0.0/16 --jump MARK --set-mark 0/0x80000',
      '--destination 10.2.0.0/16 --jump MARK --set-mark 0/0x80000',
      '--destination 10.0.0.0/8 -m mark --mark 0x80000/0x80000 --jump MARK --set-mark 0x10000/0x10000',
      '-m mark --mark 0x10000/0x10000 --jump RETURN',
    ]);
  });

  it('ORs numeric and named ports, and ANDs the blocks of both ends', () => {
    expect(
      render({
        protocol: 'tcp',
        source: { ports: ports(1), namedPortIpsets: ['n:a'] },
        destination: { ports: ports(2), namedPortIpsets: ['n:b'] },
      }),
    ).toEqual([
      '--jump MARK --set-mark 0x0/0x180000',
      '-p tcp -m multiport --source-ports 1 --jump MARK --set-mark 0x80000/0x80000',
      '-m set --match-set cali40n:a src,src --jump MARK --set-mark 0x80000/0x80000',
      '-p tcp -m multiport --destination-ports 2 --jump MARK --set-mark 0x100000/0x100000',
      '-m set --match-set cali40n:b dst,dst --jump MARK --set-mark 0x100000/0x100000',
      '-m mark --mark 0/0x100000 --jump MARK --set-mark 0/0x80000',
      '-p tcp -m mark --mark 0x80000/0x80000 --jump MARK --set-mark 0x10000/0x10000',
      '-m mark --mark 0x10000/0x10000 --jump RETURN',
    ]);
  });

  it('does not clear the block bit between blocks, as Felix does not', () => {
    const two = (a: string, b: string) => nets(a, b);
    const text = render({
      protocol: 'tcp',
      source: { nets: two('10.0.0.0/24', '10.0.1.0/24') },
      destination: { nets: two('12.0.0.0/24', '12.0.1.0/24'), ports: ports(...Array(16).keys()) },
    });
    expect(text.filter((rule) => rule.includes('--set-mark 0x0/'))).toHaveLength(1);
    expect(text.filter((rule) => rule.includes('-m mark --mark 0/0x100000'))).toHaveLength(2);
  });

  it('is left out for the other family', () => {
    expect(render({ source: { nets: nets('10.0.0.0/8') } }, 6)).toEqual([]);
    expect(render({ source: { notNets: nets('fd00::/8') } }, 4)).toEqual([]);
    expect(render({ ipVersion: 4 }, 6)).toEqual([]);
    expect(render({ source: { nets: nets('10.0.0.0/8', 'fd00::/8') } }, 6)[0]).toBe(
      '--source fd00::/8 --jump MARK --set-mark 0x10000/0x10000',
    );
  });

  it('is left out when it excludes every address', () => {
    expect(render({ destination: { notNets: nets('0.0.0.0/0') } })).toEqual([]);
    expect(render({ destination: { notNets: nets('::/0') } }, 6)).toEqual([]);
  });

  it('tells flow logs what it decided', () => {
    expect(render({ action: 'deny' }, 4, { ...FELIX_DEFAULTS, flowLogs: true })[1]).toBe(
      '-m mark --mark 0x40000/0x40000 --jump NFLOG --nflog-group 1 --nflog-prefix DPI0|gnp/default.foo --nflog-size 80',
    );
  });
});
