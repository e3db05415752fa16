import { formatIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { createParties, type Party } from './parties.ts';
import { ofNamespace } from './scoped-labels.ts';
import { flow, testCluster, testNamespace, testPod } from './test-cluster.ts';

const namespaces = [testNamespace('shop', { team: 'a' })];

const pods = [
  testPod('shop/web', ['10.0.0.1', 'fd00::1']),
  testPod('shop/six', 'fd00::6'),
  testPod('shop/host', ['192.168.0.2', 'fd01::2'], { hostNetwork: true, node: 'node-2' }),
  testPod('shop/unplaced', [], { phase: 'Pending' }),
  testPod('shop/reused', '10.0.0.1', { phase: 'Failed' }),
];

const { resolve } = createParties(testCluster({ namespaces, pods }));

const describeParty = ({ address, pod, node, things: [thing] }: Party) =>
  [
    formatIp(address),
    ...(pod === undefined ? [] : [`pod ${pod.name} of team ${thing?.label(ofNamespace('team'))}`]),
    ...(node === undefined ? [] : [node]),
  ].join(' ');

const ends = (text: string): readonly string[] => {
  const { from, to } = resolve(flow(text));
  return [describeParty(from), describeParty(to)];
};

describe('the ends of a flow', () => {
  it('are pods with their namespace, by name or address', () => {
    const web = '10.0.0.1 pod web of team a';
    expect(ends('8.8.8.8 -> shop/web TCP/80')).toEqual(['8.8.8.8', web]);
    expect(ends('10.0.0.1 -> 8.8.8.8 TCP/80')).toEqual([web, '8.8.8.8']);
  });

  it('are nodes, for host-network pods too', () => {
    expect(ends('node-2 -> shop/web TCP/80')[0]).toBe('192.168.0.2 node-2');
    expect(ends('shop/host -> shop/web TCP/80')[0]).toBe('192.168.0.2 node-2');
    expect(ends('192.168.0.2 -> shop/web TCP/80')[0]).toBe('192.168.0.2 node-2');
  });

  it('take the first family that both have, or the one that is asked for', () => {
    expect(ends('shop/web -> shop/six TCP/80')[0]).toBe('fd00::1 pod web of team a');
    expect(ends('shop/host -> shop/web TCP/80 v6')).toEqual([
      'fd01::2 node-2',
      'fd00::1 pod web of team a',
    ]);
  });

  it('cannot be a pod that has no address yet', () => {
    expect(() => resolve(flow('shop/unplaced -> shop/web TCP/80'))).toThrow(
      'family: no family in common: the source has no address, the destination 10.0.0.1, fd00::1',
    );
  });
});
