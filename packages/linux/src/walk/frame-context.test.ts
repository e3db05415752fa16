import { readFileSync } from 'node:fs';
import { decodeFrame } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { Device, SocketBuffer } from '../core.ts';
import { NftBench } from '../nftables/test-support.ts';
import { IPV4_CONF, IPV6_CONF } from '../sysctl-defaults.ts';
import { FrameContext } from './frame-context.ts';

/** What a kernel (6.18) counted of frames that are not plain IP or ARP, at a bridge and at its ports. */
const [, rules = '', ...frames] = readFileSync(
  new URL('tagged-frames.txt', import.meta.url),
  'utf8',
).split(/^--- (?:.*)\n/m);
const names = [
  ...readFileSync(new URL('tagged-frames.txt', import.meta.url), 'utf8').matchAll(/^--- (.*)$/gm),
]
  .slice(1)
  .map(([, name]) => name ?? '');

class Port extends Device {
  readonly type = 'veth';
  constructor(name: string, index: number) {
    super({
      ...{ namespace: 'n', name, index, mac: 0, mtuBytes: 1500 },
      ipv4: { ...IPV4_CONF },
      ipv6: { ...IPV6_CONF },
    });
  }
  hasCarrier(): boolean {
    return true;
  }
  protected startTransmit(): void {}
}

const BASES = {
  ingress: ['netdev', 'ingress device "e1"'],
  egress: ['netdev', 'egress device "e2"'],
  prerouting: ['bridge', 'prerouting'],
  forward: ['bridge', 'forward'],
} as const;

const e1 = new Port('e1', 2);
const e2 = new Port('e2', 3);

/** What the rules at a hook count of a frame. */
const counted = (hook: keyof typeof BASES, bytes: Uint8Array): string => {
  const [family, base] = BASES[hook];
  const bench = new NftBench(
    `table ${family} t {\nchain c {\ntype filter hook ${base} priority 0;\n${rules}}\n}\n`,
  );
  const { payload, src, dst } = decodeFrame(bytes);
  const frame = new SocketBuffer(payload, 'n', undefined, undefined);
  frame.source = src;
  frame.destination = dst;
  const context = new FrameContext();
  if (hook === 'ingress' || hook === 'egress') {
    const device = hook === 'ingress' ? e1 : e2;
    context.loadAt(frame, device, hook === 'egress');
    bench.netfilter.runDevice(hook, device.name, context);
  } else {
    context.loadBridged(frame, 'br0', e1, hook === 'forward' ? e2 : undefined);
    bench.netfilter.runBridge(hook, context, 'all');
  }
  return [...bench.netfilter.nftList().matchAll(/counter packets (\d+) bytes (\d+)/g)]
    .map(([, packets, length]) => `${packets}/${length}`)
    .join(' ');
};

describe('frames as rules see them', () => {
  const cases = frames.flatMap((block, at) => {
    const [hex = '', ...lines] = block.trim().split('\n');
    return lines.map((line) => {
      const [hook = '', ...counts] = line.split(' ');
      return { frame: names[at], hook: hook as keyof typeof BASES, hex, counts: counts.join(' ') };
    });
  });

  it.each(cases)('$frame, at $hook', ({ hook, hex, counts }) => {
    expect(counted(hook, Buffer.from(hex, 'hex'))).toBe(counts);
  });
});
