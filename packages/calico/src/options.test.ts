import { OptionsError } from '@podpath/cni';
import { parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configure } from './options.ts';

describe('configure', () => {
  it('sets Calico up for VXLAN as its manifest does', () => {
    const defaults = {
      vxlanMode: 'Always',
      vxlanPort: 4789,
      vxlanVni: 4096,
      endpointToHost: 'accept',
      filterAllow: 'accept',
      mangleAllow: 'accept',
      filterDeny: 'drop',
      natOutgoingSparesHosts: false,
      rpFilter: 0,
    };
    expect(configure(undefined)).toEqual(defaults);
    expect(configure({ bgp: 'Disabled', ipipMode: 'Never', linuxDataplane: 'Iptables' })).toEqual(
      defaults,
    );
  });

  it('reads pools as IPPool names their fields', () => {
    const { ipPools } = configure({
      vxlanMode: 'CrossSubnet',
      ipPools: [
        { cidr: '10.48.0.0/16' },
        {
          name: 'six',
          cidr: 'fd00:48::/64',
          blockSize: 120,
          vxlanMode: 'Always',
          natOutgoing: true,
        },
      ],
    });
    expect(ipPools).toEqual([
      {
        name: 'ippool-0',
        cidr: parsePrefix('10.48.0.0/16'),
        blockSize: 26,
        vxlanMode: 'CrossSubnet',
        natOutgoing: true,
      },
      {
        name: 'six',
        cidr: parsePrefix('fd00:48::/64'),
        blockSize: 120,
        vxlanMode: 'Always',
        natOutgoing: true,
      },
    ]);
  });

  it('reads what Felix does with packets', () => {
    expect(
      configure({
        mtu: 1400,
        vxlanPort: 8472,
        vxlanVNI: 7,
        defaultEndpointToHostAction: 'Drop',
        iptablesFilterDenyAction: 'Reject',
        natOutgoingExclusions: 'IPPoolsAndHostIPs',
        rpFilter: 1,
      }),
    ).toMatchObject({
      mtuBytes: 1400,
      vxlanPort: 8472,
      vxlanVni: 7,
      endpointToHost: 'drop',
      filterDeny: 'reject',
      natOutgoingSparesHosts: true,
      rpFilter: 1,
    });
  });

  const refusal = (input: unknown) => {
    try {
      configure(input);
    } catch (error) {
      if (error instanceof OptionsError) return error.message;
      throw error;
    }
    return 'accepted';
  };

  it.each([
    [42, 'calico: options: are no object; expected an object of options'],
    [
      { vxlanMode: 'Never' },
      'calico: vxlanMode: is "Never"; expected Always or CrossSubnet (VXLAN',
    ],
    [{ ipipMode: 'Always' }, 'calico: ipipMode: is "Always"; expected Never (VXLAN is emulated'],
    [{ bgp: 'Enabled' }, 'calico: bgp: is "Enabled"; expected Disabled'],
    [{ linuxDataplane: 'BPF' }, 'calico: linuxDataplane: is "BPF"; expected Iptables'],
    [{ mtu: 9000 }, 'calico: mtu: is 9000; expected an MTU in bytes from 1280 to 1500'],
    [{ vxlanport: 1 }, 'calico: vxlanport: is no option; expected one of ipPools'],
    [
      { ipPools: [{ cidr: '10.0.0.1/8' }] },
      'calico: ipPools[0].cidr: is "10.0.0.1/8"; expected a net',
    ],
    [{ ipPools: [{ cidr: '10.0.0.0/8', nat: true }] }, 'calico: ipPools[0].nat: is no option'],
    [
      { ipPools: [{ cidr: '10.0.0.0/28' }] },
      'calico: ipPools[0].cidr: 10.0.0.0/28 cannot be cut into blocks of /26',
    ],
    [
      { ipPools: [{ cidr: '10.0.0.0/8', blockSize: 19 }] },
      'calico: ipPools[0].blockSize: 10.0.0.0/8 cannot be cut into blocks of /19; expected a blockSize from 20 to 32',
    ],
    [
      { ipPools: [{ cidr: '10.0.0.0/8' }, { cidr: '10.1.0.0/16' }] },
      'calico: ipPools[1]: ippool-1 (10.1.0.0/16) clashes with ippool-0 (10.0.0.0/8)',
    ],
  ])('refuses %j', (input, message) => {
    expect(refusal(input)).toContain(message);
  });

  it('throws nothing but OptionsError', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        refusal(input);
        refusal({ ipPools: input, mtu: input });
      }),
    );
  });
});
