import { formatIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { flannel } from './flannel.ts';
import { lastPacket, twoNodes } from './test-two-nodes.ts';

const path = flannel.install(twoNodes(), flannel.configure({}));
const web = { kind: 'service', namespace: 'default', name: 'web' } as const;
const pod = (name: string) => ({ kind: 'pod', namespace: 'default', name }) as const;

describe('a Service whose endpoint is on another node', () => {
  it('takes a pod’s connection there, its source kept, and the answer back', () => {
    const trace = path.send({ from: pod('a'), to: web, protocol: 'TCP', port: 8080 });
    expect([trace.outcome, trace.packet.replyOutcome], trace.reason).toEqual([
      'delivered',
      'delivered',
    ]);
    expect(trace.servedBy?.name).toBe('b');
    const { src, dst } = lastPacket(trace.packet.request);
    expect([src, dst].map(formatIp)).toEqual(['10.244.1.2', '10.244.2.2']);
  });

  it('takes a node’s connection there, masqueraded to the address of flannel.1', () => {
    const node1 = { kind: 'node', name: 'node1' } as const;
    const trace = path.send({ from: node1, to: web, protocol: 'TCP', port: 8080 });
    expect(trace.outcome, trace.reason).toBe('delivered');
    expect(formatIp(lastPacket(trace.packet.request).src)).toBe('10.244.1.0');
  });

  it('takes the endpoint’s own connection back to itself, masqueraded to its bridge', () => {
    const trace = path.send({ from: pod('b'), to: web, protocol: 'TCP', port: 8080 });
    expect(trace.outcome, trace.reason).toBe('delivered');
    expect(trace.servedBy?.name).toBe('b');
    expect(formatIp(lastPacket(trace.packet.request).src)).toBe('10.244.2.1');
  });

  it('refuses on a port that it does not have', () => {
    const trace = path.send({ from: pod('a'), to: web, protocol: 'TCP', port: 9999 });
    expect(trace.outcome).not.toBe('delivered');
  });
});
