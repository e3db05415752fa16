import { parseMac } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { SocketBuffer } from './core.ts';
import { Dummy } from './devices/dummy.ts';
import { Recorder } from './recording/recorder.ts';
import { IPV4_CONF, IPV6_CONF } from './sysctl-defaults.ts';

const dummy = (name = 'd', mac = '02:00:00:00:00:01'): Dummy => {
  const device = new Dummy({
    namespace: 'n',
    name,
    index: 1,
    mac: parseMac(mac),
    mtuBytes: 1500,
    ipv4: { ...IPV4_CONF },
    ipv6: { ...IPV6_CONF },
  });
  device.up = true;
  return device;
};

const recorder = (): Recorder => new Recorder({ tracing: true, capturing: false, nowMs: () => 0 });

const ipv4 = () =>
  ({
    kind: 'ipv4',
    tos: 0,
    id: 1,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    src: 1,
    dst: 2,
    payload: { kind: 'udp', srcPort: 1, dstPort: 2, payload: new Uint8Array(4) },
  }) as const;

const arp = () =>
  ({
    kind: 'arp',
    operation: 'request',
    senderMac: 1,
    senderIp: 1,
    targetMac: 0,
    targetIp: 2,
  }) as const;

describe('a packet in flight', () => {
  it('is copied with all that it carries, and then goes its own way', () => {
    const packet = new SocketBuffer(ipv4(), 'n', recorder(), 'request');
    packet.mark = 7;
    packet.source = 1;
    packet.crossings = 3;
    const copy = packet.clone();
    expect(copy).toMatchObject({ mark: 7, source: 1, crossings: 3, namespace: 'n' });
    const { payload } = copy;
    if (payload.kind === 'ipv4') payload.ttl = 1;
    copy.mark = 8;
    expect(packet.packet).toMatchObject({ ttl: 64 });
    expect(packet.mark).toBe(7);
  });

  it('forgets its connection and route on leaving, and its mark with the namespace', () => {
    const packet = new SocketBuffer(ipv4(), 'n', undefined, undefined);
    const fill = (): void => {
      packet.mark = 7;
      packet.conntrack = { state: 'NEW' };
      packet.forwarded = true;
      packet.output = dummy();
    };
    fill();
    packet.scrub(false);
    expect(packet).toMatchObject({ mark: 7, conntrack: undefined, forwarded: false });
    expect(packet.outDevice).toBeUndefined();
    fill();
    packet.scrub(true);
    expect(packet.mark).toBe(0);
  });

  it.each([
    ['02:00:00:00:00:01', 'host'],
    ['02:00:00:00:00:02', 'otherhost'],
    ['ff:ff:ff:ff:ff:ff', 'broadcast'],
    ['01:00:5e:00:00:01', 'multicast'],
  ])('to %s is, for a device with another MAC or this one, for %s', (mac, audience) => {
    const packet = new SocketBuffer(ipv4(), 'n', undefined, undefined);
    packet.destination = parseMac(mac);
    packet.arriveAt(dummy());
    expect(packet.audience).toBe(audience);
  });

  it('has a length with its Ethernet header', () => {
    const bytes = (payload: SocketBuffer['payload']): number =>
      new SocketBuffer(payload, 'n', undefined, undefined).frameBytes;
    expect(bytes(ipv4())).toBe(14 + 20 + 8 + 4);
    expect(bytes(arp())).toBe(14 + 28);
  });

  it('has no IP packet when it is ARP', () => {
    const frame = new SocketBuffer(arp(), 'n', undefined, undefined);
    expect(frame.isIp).toBe(false);
    expect(() => frame.packet).toThrow(/arp/);
  });

  it('records only when it is part of what is watched', () => {
    const watching = recorder();
    const answer = new SocketBuffer(ipv4(), 'n', watching, undefined);
    answer.drop('nobody looks');
    expect(answer.record).toBeUndefined();
    expect(watching.result().request).toEqual([]);
    const probe = new SocketBuffer(ipv4(), 'n', watching, 'request');
    probe.drop('seen');
    expect(watching.result()).toMatchObject({ outcome: 'dropped', reason: 'seen' });
  });
});

describe('a device', () => {
  it('transmits only when it is up', () => {
    const watching = recorder();
    const device = dummy();
    device.up = false;
    device.transmit(new SocketBuffer(ipv4(), 'n', watching, 'request'));
    expect(watching.result().reason).toBe('device d is down');
  });

  it('stops a packet that has crossed too many devices', () => {
    const watching = recorder();
    const packet = new SocketBuffer(ipv4(), 'n', watching, 'request');
    packet.crossings = 512;
    const device = dummy();
    device.carrier = true;
    device.transmit(packet);
    expect(watching.result().outcome).toBe('looped');
  });

  it('has IPv6 unless it is switched off, or the MTU is too small', () => {
    const device = dummy();
    expect(device.hasIpv6).toBe(true);
    device.mtuBytes = 1279;
    expect(device.hasIpv6).toBe(false);
    device.mtuBytes = 1280;
    device.ipv6.disable_ipv6 = 1;
    expect(device.hasIpv6).toBe(false);
  });
});
