import { describe, expect, it } from 'vitest';
import { parseConfKey } from './sysctls.ts';
import { World } from './test-world.ts';

const fresh = (): World => new World().add('n');
const read = (world: World, key: string): number | undefined =>
  world.network.namespace('n').sysctl(key);

describe('sysctls of a new namespace', () => {
  it.each([
    ['net.ipv4.ip_forward', 0],
    ['net.ipv4.conf.all.rp_filter', 0],
    ['net.ipv4.conf.default.rp_filter', 0],
    ['net.ipv4.conf.lo.arp_ignore', 0],
    ['net.ipv4.conf.all.send_redirects', 1],
    ['net.ipv4.ip_default_ttl', 64],
    ['net.ipv6.conf.all.forwarding', 0],
    ['net.ipv6.conf.default.hop_limit', 64],
    ['net.bridge.bridge-nf-call-iptables', 1],
    ['net.bridge.bridge-nf-call-ip6tables', 1],
    ['net.netfilter.nf_conntrack_tcp_timeout_established', 432_000],
    ['net.netfilter.nf_conntrack_udp_timeout', 30],
    ['net.ipv4.neigh.default.gc_thresh3', 1024],
    ['net.ipv4.neigh.lo.proxy_delay', 80],
    ['net.ipv6.neigh.default.base_reachable_time_ms', 30_000],
  ])('%s is %i', (key, value) => {
    expect(read(fresh(), key)).toBe(value);
  });

  it.each([
    'net.ipv4.conf.eth9.rp_filter',
    'net.ipv4.conf.all.nosuch',
    'net.ipv6.conf.all.rp_filter',
    'net.ipv4.neigh.lo.gc_thresh3',
    'kernel.hostname',
    'net.ipv4.conf.all.constructor',
  ])('%s is not there', (key) => {
    expect(read(fresh(), key)).toBeUndefined();
    expect(fresh().try('n', `${key} = 1`)).toBe('ENOENT');
  });
});

describe('writing a sysctl', () => {
  it('changes what is read', () => {
    const world = fresh().run(
      'n',
      `net.ipv4.icmp_ratelimit = 0
       net.ipv4.conf.lo.rp_filter = 2
       net.ipv4.neigh.lo.retrans_time_ms = 50`,
    );
    expect(read(world, 'net.ipv4.icmp_ratelimit')).toBe(0);
    expect(read(world, 'net.ipv4.conf.lo.rp_filter')).toBe(2);
    expect(read(world, 'net.ipv4.conf.all.rp_filter')).toBe(0);
    expect(read(world, 'net.ipv4.neigh.lo.retrans_time_ms')).toBe(50);
  });

  it('of the defaults concerns devices to come', () => {
    const world = fresh().run(
      'n',
      `net.ipv4.conf.default.rp_filter = 1
       link add d type dummy`,
    );
    expect(read(world, 'net.ipv4.conf.d.rp_filter')).toBe(1);
    expect(read(world, 'net.ipv4.conf.lo.rp_filter')).toBe(0);
  });

  it('of a device with a dot in its name has a slash there', () => {
    const world = fresh().run(
      'n',
      `link add flannel.1 type dummy
       net.ipv4.conf.flannel/1.rp_filter = 1`,
    );
    expect(read(world, 'net.ipv4.conf.flannel/1.rp_filter')).toBe(1);
    expect(parseConfKey('net.ipv4.conf.flannel/1.rp_filter')).toEqual({
      family: 4,
      scope: 'flannel.1',
      name: 'rp_filter',
    });
    expect(parseConfKey('net.ipv4.ip_forward')).toBeUndefined();
  });
});
