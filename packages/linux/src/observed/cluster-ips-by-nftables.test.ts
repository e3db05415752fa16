import { describe, expect, it } from 'vitest';
import { socketError } from '../test-socket-error.ts';
import { clientRouterServer, type World } from '../test-world.ts';

/** Rules as kube-proxy has them: 172.30.0.1:80 has an endpoint, 172.30.0.2:80 has none. */
const RULES = `
table ip kube-proxy {
  set cluster-ips { type ipv4_addr; elements = { 172.30.0.1, 172.30.0.2 }; }
  map no-endpoint-services {
    type ipv4_addr . inet_proto . inet_service : verdict
    elements = { 172.30.0.2 . udp . 80 : goto reject-chain }
  }
  map service-ips {
    type ipv4_addr . inet_proto . inet_service : verdict
    elements = { 172.30.0.1 . udp . 80 : goto endpoint }
  }
  chain reject-chain {
    reject
  }
  chain endpoint {
    meta l4proto udp dnat to 10.2.0.2:8080
  }
  chain cluster-ips-check {
    ip daddr @cluster-ips reject
    ip daddr 172.30.0.0/16 drop
  }
  chain filter-forward {
    type filter hook forward priority -110
    ct state new ip daddr . meta l4proto . th dport vmap @no-endpoint-services
    ct state new jump cluster-ips-check
  }
  chain nat-prerouting {
    type nat hook prerouting priority -100
    ip daddr . meta l4proto . th dport vmap @service-ips
  }
  chain nat-output {
    type nat hook output priority -100
    ip daddr . meta l4proto . th dport vmap @service-ips
  }
}`;

const SERVICES_ROUTED = 'route add 172.30.0.0/16 via 10.2.0.2';

const told = (world: World, from: string): readonly string[] =>
  (
    [
      ['172.30.0.1', 80],
      ['172.30.0.1', 81],
      ['172.30.0.2', 80],
      ['172.30.0.9', 80],
    ] as const
  ).map(([to, port]) => socketError(world.udp(from, to, port)));

describe('a client of ClusterIPs', () => {
  it('is refused at wrong ports and empty Services, and hears nothing of addresses that no Service has', () => {
    const world = clientRouterServer().run('r', SERVICES_ROUTED).nft('r', RULES);
    expect(told(world, 'c')).toEqual(['ok', 'ECONNREFUSED', 'ECONNREFUSED', 'timeout']);
  });

  it('where the router has no route to them, is answered for what is translated, by routing for the rest', () => {
    const world = clientRouterServer().nft('r', RULES);
    // A datagram socket does not take "network unreachable" for final.
    expect(told(world, 'c')).toEqual(['ok', 'timeout', 'timeout', 'timeout']);
    expect(socketError(world.tcp('c', '172.30.0.1', 81))).toBe('ENETUNREACH');
  });

  it('on the router itself has no route to them at all then', () => {
    const world = clientRouterServer().nft('r', RULES);
    expect(told(world, 'r')).toEqual(['ENETUNREACH', 'ENETUNREACH', 'ENETUNREACH', 'ENETUNREACH']);
    expect(told(world.run('r', SERVICES_ROUTED), 'r')[0]).toBe('ok');
  });
});
