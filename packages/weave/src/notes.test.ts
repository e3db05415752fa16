import { describe, expect, it } from 'vitest';
import { clusterOf, install, node, nodes, pod } from './test-cluster.ts';
import { weave } from './weave.ts';

const notes = (objects: readonly object[], options: object = {}) =>
  install(objects, options).notes.slice(1).join('\n');

describe('what users are told', () => {
  it('is always where the names of peers come from', () => {
    expect(install(nodes(1)).notes).toEqual([expect.stringMatching(/^Peers are named after/)]);
  });

  it.each<[string, readonly object[], object, RegExp]>([
    [
      'another range',
      [node('n1'), pod('a/x', 'n1', { ip: '10.244.0.7' })],
      {},
      /^The range is 10\.244\.0\.0\/28 instead of 10\.32\.0\.0\/12, .*: a\/x\.$/,
    ],
    [
      'a range that has nodes in it',
      [node('n1', '10.33.0.1')],
      {},
      /has addresses of nodes in it, n1 for one: Weave would refuse to start/,
    ],
    [
      'a range used up',
      [node('n1'), ...['x', 'y', 'z'].map((name) => pod(`a/${name}`, 'n1'))],
      { range: '10.0.0.0/30' },
      /used up, and pods wait for an address: 2 in all, a\/y for one/,
    ],
    ['more nodes than connections', nodes(202), {}, /would stop at 200 connections/],
  ])('%s', (_what, objects, options, text) => {
    expect(notes(objects, options)).toMatch(text);
  });

  it('nothing of limits when connections are given', () => {
    expect(notes(nodes(202), { connections: [['n1', 'n2']] })).toBe('');
  });

  it('that IPv6 addresses are gone', () => {
    const cluster = clusterOf(node('n1'), pod('a/x', 'n1'));
    const [one] = cluster.pods.values();
    if (one === undefined) throw new Error('there is one pod');
    const pods = new Map([['a/x', { ...one, ips: [...one.ips, 0xfd00n << 112n] }]]);
    const path = weave.install({ ...cluster, pods }, weave.configure({}));
    expect(path.notes.join('\n')).toMatch(/IPv4 only, so pods have no IPv6 addresses: a\/x/);
    expect(path.cluster.pods.get('a/x')?.ips).toHaveLength(1);
  });

  it('that host ports are not emulated', () => {
    const cluster = clusterOf(node('n1'), pod('a/x', 'n1'));
    const [one] = cluster.pods.values();
    if (one === undefined) throw new Error('there is one pod');
    const ports = [{ port: 80, protocol: 'TCP', hostPort: 8080 } as const];
    const path = weave.install(
      { ...cluster, pods: new Map([['a/x', { ...one, ports }]]) },
      weave.configure({}),
    );
    expect(path.notes.join('\n')).toMatch(/Host ports are not emulated/);
  });
});
