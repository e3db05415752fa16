import { OptionsError } from '@podpath/cni';
import { parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configure } from './options.ts';

describe('without options', () => {
  it('flannel is what its manifest makes it', () => {
    const shipped = {
      vxlan: { vni: 1, port: 8472, mtuBytes: 1500, learning: false, directRouting: false },
      ipMasq: true,
      randomFully: true,
      forwardRules: true,
    };
    expect(configure(undefined)).toEqual(shipped);
    expect(configure({})).toEqual(shipped);
    expect(configure({ Backend: { Type: 'vxlan' } })).toEqual(shipped);
  });
});

describe('a network config', () => {
  it('is taken as flanneld takes it: any case, host bits dropped, the type in lower case', () => {
    const options = configure({
      network: '10.42.3.0/16',
      IPV6Network: 'fd00:10:42::/56',
      enableIPv6: true,
      Backend: { type: 'VXLAN', vni: 4096, PORT: 4789, mtu: 1400, directrouting: true },
    });
    expect(options).toMatchObject({
      network: parsePrefix('10.42.0.0/16'),
      ipv6Network: parsePrefix('fd00:10:42::/56'),
      enableIpv6: true,
      vxlan: { vni: 4096, port: 4789, mtuBytes: 1400, learning: false, directRouting: true },
    });
  });

  it('with port 0 leaves the port to the kernel', () => {
    expect(configure({ Backend: { Type: 'vxlan', Port: 0 } }).vxlan.port).toBe(8472);
  });
});

describe('the flags', () => {
  it('switch off what they name', () => {
    expect(
      configure({ ipMasq: false, ipMasqFullyRandomDisable: true, iptablesForwardRules: false }),
    ).toMatchObject({ ipMasq: false, randomFully: false, forwardRules: false });
  });
});

describe('wrong options are refused by name', () => {
  const refusal = (options: unknown) => {
    try {
      configure(options);
    } catch (error) {
      if (error instanceof OptionsError) return `${error.field}: ${error.expected}`;
      throw error;
    }
    return 'accepted';
  };

  it.each([
    [42, 'options: an object of options'],
    [[], 'options: an object of options'],
    [
      { Netwrok: '10.0.0.0/8' },
      'Netwrok: one of Network, IPv6Network, EnableIPv4, EnableIPv6, EnableNFTables, Backend, iface, ipMasq, ipMasqFullyRandomDisable, iptablesForwardRules',
    ],
    [
      { Backend: { Type: 'vxlan', Vlan: 3 } },
      'Backend.Vlan: one of Type, VNI, Port, MTU, Learning, DirectRouting, GBP',
    ],
    [{ Network: 'fd00::/48' }, 'Network: an IPv4 network of at most /28 such as 10.244.0.0/16'],
    [{ Network: '10.0.0.0/29' }, 'Network: an IPv4 network of at most /28 such as 10.244.0.0/16'],
    [{ Network: 7 }, 'Network: an IPv4 network of at most /28 such as 10.244.0.0/16'],
    [
      { IPv6Network: '10.0.0.0/8' },
      'IPv6Network: an IPv6 network of at most /124 such as fd00:10:244::/56',
    ],
    [{ EnableIPv6: 'yes' }, 'EnableIPv6: true or false'],
    [{ EnableIPv4: false, EnableIPv6: false }, 'EnableIPv6: true for EnableIPv4 or EnableIPv6'],
    [
      { EnableNFTables: true },
      'EnableNFTables: false (flannel’s iptables rules are emulated, its nftables are not)',
    ],
    [{ Backend: { Type: 'host-gw' } }, 'Backend.Type: vxlan (the one backend that is emulated)'],
    [{ Backend: { VNI: 2 } }, 'Backend.Type: vxlan (the one backend that is emulated)'],
    [
      { Backend: { Type: 'vxlan', VNI: 1 << 24 } },
      'Backend.VNI: a VXLAN network identifier from 0 to 16777215',
    ],
    [
      { Backend: { Type: 'vxlan', Port: 65_536 } },
      'Backend.Port: a UDP port, or 0 for the kernel’s own, from 0 to 65535',
    ],
    [
      { Backend: { Type: 'vxlan', MTU: 9000 } },
      'Backend.MTU: an MTU of the nodes’ network in bytes from 1330 to 1500',
    ],
    [
      { Backend: { Type: 'vxlan', GBP: true } },
      'Backend.GBP: false (group policy bits are not emulated)',
    ],
    [{ iface: 'ens5' }, 'iface: eth0 (an emulated node has no other interface)'],
  ])('%j', (options, expected) => {
    expect(refusal(options)).toBe(expected);
  });

  it('whatever they are: an OptionsError, or options', () => {
    const keys = fc.constantFrom('Network', 'backend', 'IPv6Network', 'ipMasq', 'Type', 'VNI');
    const value = fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue()));
    fc.assert(
      fc.property(fc.oneof(value, fc.dictionary(keys, value)), (options) => {
        refusal(options);
      }),
    );
  });
});
