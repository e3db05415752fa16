import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { twoNodes } from '../test-two-nodes.ts';
import { clientRouterServer } from '../test-world.ts';
import { traceToJson } from './trace-json.ts';

describe('a trace as JSON', () => {
  it('has addresses, MACs and rules as text, and survives being written and read', () => {
    for (const to of ['10.2.0.2', '2001:db8:2::2', '10.66.0.1', '10.2.0.9']) {
      const json = traceToJson(clientRouterServer().udp('c', to, 9, { payloadBytes: 3 }));
      expect(JSON.parse(JSON.stringify(json))).toEqual(json);
      expect(JSON.stringify(json)).toContain(`"dst":"${to}"`);
    }
  });

  it('shows what is inside a tunnel', () => {
    const trace = twoNodes().send({
      namespace: 'pod1',
      protocol: 'tcp',
      to: parseIp('10.244.2.2'),
      port: 80,
    });
    const json = JSON.stringify(traceToJson(trace));
    expect(json).toContain('"vxlan":{"vni":1,"inner":{"src":"02:00:00:00:00:01"');
    expect(traceToJson(trace)).toMatchObject({ outcome: 'refused', replyOutcome: 'delivered' });
  });

  it('is the same for the same thing', () => {
    const json = () => JSON.stringify(traceToJson(clientRouterServer().ping('c', '10.2.0.2')));
    expect(json()).toBe(json());
  });
});
