import type { IpFamily } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { FelixChain } from '../rendering/felix-rule.ts';
import { FELIX_DEFAULTS, type RenderConfig } from '../rendering/render-config.ts';
import { textOf } from '../rendering/test-rendering.ts';
import { filterChains } from './filter-chains.ts';
import { mangleChains } from './mangle-chains.ts';
import { natChains, natOutgoingChain } from './nat-chains.ts';
import { rawChains } from './raw-chains.ts';

const VXLAN: RenderConfig = {
  ...FELIX_DEFAULTS,
  endpointToHost: 'accept',
  vxlanFamilies: [4, 6],
  tunnelAddressFamilies: [4, 6],
};

type Renderer = (family: IpFamily, config: RenderConfig) => readonly FelixChain[];
const chain = (render: Renderer, name: string, family: IpFamily = 4, config = VXLAN) =>
  textOf(render(family, config).find((candidate) => candidate.name === name)?.rules ?? []);

describe('raw', () => {
  it('stops workloads from spoofing, and keeps VXLAN out of conntrack', () => {
    expect(chain(rawChains, 'cali-PREROUTING')).toEqual([
      '--jump MARK --set-mark 0/0x1b0000',
      '-p udp --dport 4789 --jump NOTRACK',
      '--in-interface cali+ --jump MARK --set-mark 0x80000/0x80000',
      '-m mark --mark 0x80000/0x80000 --jump cali-rpf-skip',
      '-m mark --mark 0x80000/0x80000 -m rpfilter --invert --validmark --jump DROP',
      '-m mark --mark 0/0x80000 --jump cali-from-host-endpoint',
      '-m mark --mark 0x10000/0x10000 --jump ACCEPT',
    ]);
    expect(chain(rawChains, 'cali-OUTPUT')).toEqual([
      '--jump MARK --set-mark 0/0x1b0000',
      '--jump cali-to-host-endpoint',
      '-p udp --dport 4789 --jump NOTRACK',
      '-m mark --mark 0x10000/0x10000 --jump ACCEPT',
    ]);
  });

  it('lets answers through failsafe ports pass as well', () => {
    expect(chain(rawChains, 'cali-failsafe-out').slice(0, 2)).toEqual([
      '-p udp -m multiport --destination-ports 53 --jump ACCEPT',
      '-p udp -m multiport --destination-ports 67 --jump ACCEPT',
    ]);
    expect(chain(rawChains, 'cali-failsafe-out')).toContain(
      '-p tcp -m multiport --source-ports 22 --jump ACCEPT',
    );
    expect(chain(mangleChains, 'cali-failsafe-out').join()).not.toContain('--source-ports');
  });

  it('names the net of a failsafe port, in its own family only', () => {
    const config: RenderConfig = {
      ...VXLAN,
      failsafeInbound: [{ protocol: 'tcp', port: 22, net: { address: 0x0a000000, length: 8 } }],
    };
    expect(chain(filterChains, 'cali-failsafe-in', 4, config)).toEqual([
      '-p tcp -m multiport --destination-ports 22 --source 10.0.0.0/8 --jump ACCEPT',
    ]);
    expect(chain(filterChains, 'cali-failsafe-in', 6, config)).toEqual([]);
  });
});

describe('mangle', () => {
  it('leaves forwarded packets alone after routing', () => {
    expect(chain(mangleChains, 'cali-POSTROUTING', 6)).toEqual([
      '-m comment --comment "set dscp for traffic leaving cluster." -m set --match-set cali60dscp-src-net src -m set ! --match-set cali60network-ip-pools dst -m set ! --match-set cali60this-host dst --jump cali-egress-dscp',
      '-m mark --mark 0x10000/0x10000 --jump RETURN',
      '--jump MARK --set-mark 0/0x1b0000',
      '-m conntrack --ctstate DNAT --jump cali-to-host-endpoint',
      '-m comment --comment "Host endpoint policy accepted packet." -m mark --mark 0x10000/0x10000 --jump RETURN',
    ]);
  });
});

describe('nat', () => {
  it("gives the host's own packets the tunnel's address", () => {
    const tunnel =
      '--out-interface vxlan-v6.calico -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL';
    expect(chain(natChains, 'cali-POSTROUTING', 6)).toEqual([
      '--jump cali-fip-snat',
      '--jump cali-nat-outgoing',
      `-p 17 ${tunnel} --jump MASQUERADE --to-ports 4790-65535 --random-fully`,
      `${tunnel} --jump MASQUERADE --random-fully`,
    ]);
  });

  it('masquerades UDP on the wider side of the VXLAN port', () => {
    const config = { ...VXLAN, vxlanPort: 60_000 };
    expect(chain(natChains, 'cali-POSTROUTING', 4, config)[2]).toContain('--to-ports 1024-59999');
  });

  it('has no tunnel rules without a tunnel address', () => {
    expect(
      chain(natChains, 'cali-POSTROUTING', 4, { ...VXLAN, tunnelAddressFamilies: [] }),
    ).toHaveLength(2);
  });

  it('masquerades what leaves the pools', () => {
    const leaving =
      '-m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40network-ip-pools dst';
    const render = (config: RenderConfig) => textOf(natOutgoingChain(true, 4, config).rules);
    expect(render(VXLAN)).toEqual([`${leaving} --jump MASQUERADE --random-fully`]);
    expect(render({ ...VXLAN, natOutgoingSparesHosts: true })[0]).toContain(
      '-m set ! --match-set cali40all-hosts-net dst',
    );
    expect(
      render({ ...VXLAN, natPortRange: { first: 99, last: 100 }, natOutgoingInterface: 'eth0' }),
    ).toEqual([
      `${leaving} -p tcp --out-interface eth0 --jump MASQUERADE --to-ports 99-100 --random-fully`,
      `${leaving} -p tcp --out-interface eth0 --jump RETURN`,
      `${leaving} -p udp --out-interface eth0 --jump MASQUERADE --to-ports 99-100 --random-fully`,
      `${leaving} -p udp --out-interface eth0 --jump RETURN`,
      `${leaving} --out-interface eth0 --jump MASQUERADE --random-fully`,
    ]);
    expect(natOutgoingChain(false, 4, VXLAN).rules).toEqual([]);
  });
});

describe('filter', () => {
  it('lets neighbour discovery reach the host before policy, for IPv6', () => {
    expect(chain(filterChains, 'cali-wl-to-host', 6)).toEqual([
      ...[130, 131, 132, 133, 135, 136].map(
        (type) => `-p 58 -m icmp6 --icmpv6-type ${type} --jump ACCEPT`,
      ),
      '--jump cali-from-wl-dispatch',
      '-m comment --comment "Configured DefaultEndpointToHostAction" --jump ACCEPT',
    ]);
  });

  it('keeps the accept mark when forwarding', () => {
    expect(chain(filterChains, 'cali-FORWARD')[0]).toBe('--jump MARK --set-mark 0/0x1a0000');
  });

  it('has no VXLAN rules without VXLAN', () => {
    expect(chain(filterChains, 'cali-INPUT', 4, FELIX_DEFAULTS).join()).not.toContain('4789');
    expect(chain(filterChains, 'cali-OUTPUT', 4, FELIX_DEFAULTS).join()).not.toContain('4789');
  });
});
