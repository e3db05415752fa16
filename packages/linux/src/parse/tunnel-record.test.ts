import { parseIpv4, parseIpv6 } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { parseLinks } from './ip-link.ts';
import { ParseError } from './parse-error.ts';

const tunnel = (kind: string, data: object) =>
  parseLinks(
    JSON.stringify([
      {
        ifindex: 1,
        ifname: 't',
        flags: [],
        mtu: 1452,
        linkinfo: { info_kind: kind, info_data: data },
      },
    ]),
    'ip-link.json',
  )[0]?.tunnel;

describe('tunnels as ip -json -details link tells of them', () => {
  // Fields and forms as ip/link_ip6tnl.c and ip/link_iptnl.c of iproute2 print them.
  test('through IPv6', () => {
    const plain = {
      proto: 'ip6ip6',
      remote: '2001:db8::2',
      local: '2001:db8::1',
      link: 'eth0',
      ttl: 64,
      encap_limit: 4,
      tclass: '0x00',
      flowlabel: '0x00000',
    };
    expect(tunnel('ip6tnl', plain)).toEqual({
      settings: {
        type: 'ip6tnl',
        mode: 'ip6ip6',
        local: parseIpv6('2001:db8::1'),
        remote: parseIpv6('2001:db8::2'),
        dev: 'eth0',
        hopLimit: 64,
        encapLimit: 4,
        trafficClass: 0,
        flowLabel: 0,
      },
    });
    const odd = {
      proto: 'any',
      remote: '::',
      local: '::',
      ttl: 0,
      ip6_tnl_f_ign_encap_limit: true,
      ip6_tnl_f_use_orig_tclass: true,
      ip6_tnl_f_use_orig_flowlabel: true,
      ip6_tnl_f_rcv_dscp_copy: true,
      ip6_tnl_f_allow_local_remote: true,
      fwmark: '0x10',
    };
    expect(tunnel('ip6tnl', odd)).toEqual({
      settings: {
        type: 'ip6tnl',
        hopLimit: 0,
        encapLimit: 'none',
        trafficClass: 'inherit',
        flowLabel: 'inherit',
        copyDscp: true,
        allowLocalRemote: true,
        fwmark: 0x10,
      },
    });
  });

  test('through IPv4', () => {
    const sit = {
      proto: 'any',
      remote: '192.0.2.2',
      local: 'any',
      ttl: 0,
      tos: '0x1',
      pmtudisc: true,
      prefix: '2002::',
      prefixlen: 16,
      fwmark: '0x1',
    };
    expect(tunnel('sit', sit)).toEqual({
      settings: {
        type: 'sit',
        mode: 'any',
        remote: parseIpv4('192.0.2.2'),
        tos: 'inherit',
        pathMtuDiscovery: true,
        fwmark: 1,
      },
    });
  });

  test.each([
    ['ip6tnl', { external: true }, 'with external'],
    ['ip6tnl', { ip6_tnl_f_mip6_dev: true }, 'with mip6'],
    ['ipip', { encap: { type: 'fou' } }, 'with encap'],
    ['ipip', { proto: 'mplsip' }, 'carrying MPLS'],
    ['sit', { isatap: true }, 'with isatap'],
    ['sit', { prefix: '2001:db8::', prefixlen: 32 }, 'with a 6rd prefix of its own'],
  ])('say what of them is not emulated: %s %j', (kind, data, unsupported) => {
    expect(tunnel(kind, data)?.unsupported).toBe(unsupported);
  });

  test.each([
    ['ip6tnl', { local: '192.0.2.1' }, 'ip-link.json: [0].linkinfo.info_data.local'],
    ['sit', { remote: '2001:db8::1' }, 'ip-link.json: [0].linkinfo.info_data.remote'],
    ['ip6tnl', { tclass: 'high' }, 'ip-link.json: [0].linkinfo.info_data.tclass'],
  ])('are refused by field: %s %j', (kind, data, place) => {
    expect(() => tunnel(kind, data)).toThrow(ParseError);
    expect(() => tunnel(kind, data)).toThrow(place);
  });
});
