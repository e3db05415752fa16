import { describe, expect, it } from 'vitest';
import { parseFrames } from './capture.ts';

describe('what tcpdump prints', () => {
  it('becomes frames with device, direction and ends', () => {
    const text = `
1700000000.000000042 eth0  Out IP 10.244.1.2.40000 > 10.244.2.2.80: Flags [S], seq 1, win 64240, length 0
1700000000.000000099 vethab P   IP 10.244.1.2.40000 > 10.244.2.2.80: Flags [S], seq 1, win 64240, length 0
`;
    expect(parseFrames('pod/app/a', text)).toEqual([
      {
        namespace: 'pod/app/a',
        device: 'eth0',
        direction: 'out',
        timeNs: 1_700_000_000_000_000_042n,
        source: '10.244.1.2',
        sourcePort: 40000,
        destination: '10.244.2.2',
        destinationPort: 80,
      },
      expect.objectContaining({ device: 'vethab', direction: 'in' }),
    ]);
  });

  it('reads IPv6 and tunnels, and passes over inner packets and everything else', () => {
    const text = `
1700000000.000000001 eth0  Out IP6 fd00::1.40000 > fd00::2.80: Flags [S], seq 1, length 0
1700000000.000000002 eth0  In  IP 192.168.56.11.38587 > 192.168.56.12.8472: OTV, flags [I] (0x08), overlay 0, instance 1
IP 10.244.1.2.40000 > 10.244.2.2.80: Flags [S], seq 1, length 0
1700000000.000000003 eth0  In  ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28
tcpdump: something went wrong
`;
    const frames = parseFrames('node/a', text);
    expect(frames.map((frame) => [frame.source, frame.destinationPort])).toEqual([
      ['fd00::1', 80],
      ['192.168.56.11', 8472],
    ]);
  });
});
