import { describe, expect, it } from 'vitest';
import { parseLinks } from '../parse/ip-link.ts';
import { roleOf } from './device-role.ts';

interface Surroundings {
  readonly paired?: boolean;
  readonly master?: string;
  readonly calls?: boolean;
  readonly configured?: boolean;
}

/** The role of a device as `ip -json -details link` tells of it, in short. */
function role(
  text: string,
  { paired = false, master, calls = true, configured = false }: Surroundings = {},
): string {
  const [link] = parseLinks(`[{"ifindex":1,"ifname":"x","mtu":1500,"flags":["UP"],${text}}]`, 'f');
  if (link === undefined) throw new Error('no device');
  const found = roleOf(link, {
    isPaired: () => paired,
    isConfigured: () => configured,
    masterKind: master,
    bridgesCallIptables: () => calls,
  });
  return found.kind === 'opaque' ? `opaque: ${found.what}` : found.kind;
}

const info = (kind: string, data = '{}'): string =>
  `"link_type":"ether","linkinfo":{"info_kind":"${kind}","info_data":${data}}`;

describe('what a device becomes', () => {
  it.each([
    ['"link_type":"loopback"', 'lo'],
    ['"link_type":"ether"', 'uplink'],
    [info('bond'), 'uplink'],
    [info('vlan'), 'uplink'],
    [info('dummy'), 'dummy'],
    [info('bridge'), 'bridge'],
    [info('vxlan', '{"id":1,"port":4789}'), 'vxlan'],
    ['"link_type":"ipip","linkinfo":{"info_kind":"ipip","info_data":{}}', 'ipip'],
    ['"link_type":"tunnel6","linkinfo":{"info_kind":"ip6tnl","info_data":{}}', 'ip6tnl'],
    ['"link_type":"sit","linkinfo":{"info_kind":"sit","info_data":{"prefixlen":16}}', 'sit'],
    [
      '"link_type":"sit","linkinfo":{"info_kind":"sit","info_data":{"prefixlen":32}}',
      'opaque: sit (with a 6rd prefix of its own)',
    ],
    [info('veth'), 'uplink'],
    ['"link_type":"none","linkinfo":{"info_kind":"wireguard"}', 'opaque: wireguard'],
    ['"link_type":"none","linkinfo":{"info_kind":"tun"}', 'opaque: tun'],
    [info('macvlan'), 'opaque: macvlan'],
    [info('vrf'), 'opaque: vrf'],
    ['"link_type":"infiniband"', 'opaque: infiniband'],
    [info('vxlan', '{"port":4789,"external":true}'), 'opaque: vxlan (with external)'],
    [info('bridge', '{"vlan_filtering":1}'), 'opaque: bridge (filtering VLANs)'],
    ['"link_type":"ether","linkinfo":{"info_kind":"bridge"}', 'opaque: bridge (without details)'],
  ])('%s: %s', (text, expected) => {
    expect(role(text)).toBe(expected);
  });

  it('is a WireGuard device when wg told of it', () => {
    const text = '"flags":["NOARP"],"link_type":"none","linkinfo":{"info_kind":"wireguard"}';
    expect(role(text, { configured: true })).toBe('wireguard');
  });

  it('is a veth when its other end is there', () => {
    expect(role(info('veth'), { paired: true })).toBe('veth');
  });

  it('is nothing when a bond stands for it', () => {
    expect(role('"link_type":"ether"', { master: 'bond' })).toBe('member');
    expect(role('"link_type":"ether"', { master: 'bridge' })).toBe('uplink');
  });

  it('is not emulated without ARP', () => {
    expect(role('"flags":["UP","NOARP"],"link_type":"ether"')).toBe('opaque: uplink (without ARP)');
    expect(role(`"flags":["NOARP"],${info('dummy')}`)).toBe('dummy');
  });

  it('is a bridge that calls iptables by itself only where others do not', () => {
    const bridge = info('bridge', '{"nf_call_iptables":1}');
    expect(role(bridge)).toBe('bridge');
    expect(role(bridge, { calls: false })).toBe('opaque: bridge (calling iptables by itself)');
  });
});
