import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IpPacket } from '@podpath/net';
import type { NetworkOptions } from './network.ts';
import { seenOn, World } from './test-world.ts';
import { capturesToPcapng } from './text/captures.ts';
import type { PacketTrace } from './trace.ts';

/** The first IP packet that leaves by a device, as it is there. */
export function sentBy(trace: PacketTrace, namespace: string, device: string): IpPacket {
  for (const { frame } of seenOn(trace, namespace, device, 'out')) {
    const { payload } = frame;
    if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') continue;
    if (payload.payload.kind !== 'icmpv6' || payload.payload.data instanceof Uint8Array)
      return payload;
  }
  throw new Error(`nothing has left by ${device}`);
}

/** The last ICMP or ICMPv6 message that comes in by a device. */
export function toldTo(trace: PacketTrace, namespace: string, device: string): IpPacket {
  const found = seenOn(trace, namespace, device, 'in')
    .map(({ frame }) => frame.payload)
    .filter((payload) => payload.kind === 'ipv4' || payload.kind === 'ipv6')
    .filter(
      ({ payload }) =>
        payload.kind === 'icmp' ||
        (payload.kind === 'icmpv6' && payload.data instanceof Uint8Array),
    )
    .at(-1);
  if (found === undefined) throw new Error(`nothing was told to ${namespace}`);
  return found;
}

/**
 * Tunnel heads a and b with a router r between them, and a host behind each, p and q: all with IPv4 and IPv6.
 * The hosts have 10.0.1.2 and 10.0.2.2, fd00:1::2 and fd00:2::2; the heads 192.0.2.1 and 198.51.100.1,
 * 2001:db8:a::1 and 2001:db8:b::1. `tunnel` is what each head makes of its own and the other's address.
 */
export function twoHeads(
  tunnel: (ends: { readonly local: string; readonly remote: string }, six: boolean) => string,
  six: boolean,
  options: NetworkOptions = {},
): World {
  const world = new World(options).add('a', 'b', 'r', 'p', 'q');
  world.run(
    'r',
    `net.ipv4.ip_forward = 1
     net.ipv6.conf.all.forwarding = 1
     link add ra type veth peer name up netns a
     link add rb type veth peer name up netns b
     link set dev ra up
     link set dev rb up
     address add 192.0.2.254/24 dev ra
     address add 198.51.100.254/24 dev rb
     address add 2001:db8:a::ffff/64 dev ra
     address add 2001:db8:b::ffff/64 dev rb`,
  );
  const ends = six
    ? (['2001:db8:a::1', '2001:db8:b::1'] as const)
    : (['192.0.2.1', '198.51.100.1'] as const);
  for (const [head, host, n] of [
    ['a', 'p', 1],
    ['b', 'q', 2],
  ] as const) {
    const other = 3 - n;
    const [v4, v6] = head === 'a' ? ['192.0.2', '2001:db8:a:'] : ['198.51.100', '2001:db8:b:'];
    const [local, remote] = head === 'a' ? ends : ([ends[1], ends[0]] as const);
    world.run(
      head,
      `net.ipv4.ip_forward = 1
       net.ipv6.conf.all.forwarding = 1
       link add in type veth peer name eth0 netns ${host}
       link set dev up up
       link set dev in up
       address add ${v4}.1/24 dev up
       address add ${v6}:1/64 dev up
       address add 10.0.${n}.1/24 dev in
       address add fd00:${n}::1/64 dev in
       route add default via ${v4}.254
       route add default via ${v6}:ffff
       ${tunnel({ local, remote }, six)}
       link set dev t up`,
    );
    world.run(head, `route add 10.0.${other}.0/24 dev t \n route add fd00:${other}::/64 dev t`);
    world.run(
      host,
      `link set dev eth0 up
       address add 10.0.${n}.2/24 dev eth0
       address add fd00:${n}::2/64 dev eth0
       route add default via 10.0.${n}.1
       route add default via fd00:${n}::1`,
    );
  }
  return world;
}

/** What Wireshark makes of captures: the protocols of each frame, with `_ws.malformed` among them where it objects. */
export function dissected(trace: PacketTrace): readonly string[] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'podpath-'));
  try {
    const file = join(folder, 'captures.pcapng');
    writeFileSync(file, capturesToPcapng(trace.captures));
    const argv = [
      '-r',
      file,
      '-T',
      'fields',
      '-e',
      'frame.protocols',
      '-o',
      'ip.check_checksum:TRUE',
    ];
    const { stdout, error } = spawnSync('tshark', argv, { encoding: 'utf8' });
    return error === undefined ? stdout.trim().split('\n') : undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
