import { describe, expect, it } from 'vitest';
import { NamespaceDump } from './namespace-dump.ts';
import { pairVeths } from './pair-veths.ts';

interface Veth {
  readonly name: string;
  readonly index: number;
  readonly peer: number;
  readonly id?: number;
}

/** A namespace with veths, and what `ip netns list-id` knows in it. */
function namespace(
  name: string,
  veths: readonly Veth[],
  more: { netns?: string; ids?: Readonly<Record<number, string>> } = {},
): NamespaceDump {
  const links = veths.map(
    ({ name: ifname, index, peer, id }) =>
      `{"ifindex":${index},"link_index":${peer},"ifname":"${ifname}","flags":[],"mtu":1500,"link_type":"ether","address":"02:00:00:00:00:01",${id === undefined ? '' : `"link_netnsid":${id},`}"linkinfo":{"info_kind":"veth"}}`,
  );
  const ids = Object.entries(more.ids ?? {}).map(
    ([nsid, named]) => `{"nsid":${nsid},"name":"${named}"}`,
  );
  const files: Readonly<Record<string, string>> = {
    'f/ip-link.json': `[${links.join(',')}]`,
    'f/netns-ids.json': `[${ids.join(',')}]`,
    'f/snapshot.txt': `netns = ${more.netns ?? '-'}\n`,
  };
  return new NamespaceDump({ folders: () => [], read: (path) => files[path] }, 'f', name);
}

/** Pairs as `namespace device = namespace device`. */
function pairsOf(dumps: readonly NamespaceDump[]): readonly string[] {
  const pairs = pairVeths(dumps);
  return dumps.flatMap((dump) =>
    dump.links().flatMap((link) => {
      const peer = pairs.peerOf({ dump, link });
      return peer === undefined
        ? []
        : [`${dump.namespace} ${link.name} = ${peer.dump.namespace} ${peer.link.name}`];
    }),
  );
}

describe('the other end of a veth', () => {
  it('names the index of this one', () => {
    const node = namespace('node', [
      { name: 'v1', index: 5, peer: 2, id: 0 },
      { name: 'v2', index: 6, peer: 2, id: 1 },
    ]);
    const web = namespace('web', [{ name: 'eth0', index: 2, peer: 5, id: 0 }]);
    const db = namespace('db', [{ name: 'eth0', index: 2, peer: 6, id: 0 }]);
    expect(pairsOf([node, web, db])).toEqual([
      'node v1 = web eth0',
      'node v2 = db eth0',
      'web eth0 = node v1',
      'db eth0 = node v2',
    ]);
  });

  it('is in the namespace whose number it has, where ip netns tells', () => {
    const ends = [{ name: 'eth0', index: 2, peer: 5, id: 0 }];
    const node = namespace('node', [{ name: 'v1', index: 5, peer: 2, id: 7 }], {
      ids: { 7: 'cni-b' },
    });
    const a = namespace('a', ends, { netns: 'cni-a' });
    const b = namespace('b', ends, { netns: 'cni-b' });
    const pairs = pairVeths([node, a, b]);
    const [v1] = node.links();
    expect(v1 && pairs.peerOf({ dump: node, link: v1 })?.dump).toBe(b);
    const [eth0] = a.links();
    expect(eth0 && pairs.peerOf({ dump: a, link: eth0 })).toBeUndefined();
    expect(pairs.unclear).toEqual([]);
  });

  it('is nowhere when the namespace with its number was not collected', () => {
    const node = namespace('node', [{ name: 'v1', index: 5, peer: 2, id: 7 }], {
      ids: { 7: 'gone' },
    });
    const a = namespace('a', [{ name: 'eth0', index: 2, peer: 5, id: 0 }], {
      netns: 'cni-a',
      ids: { 0: 'elsewhere' },
    });
    expect(pairsOf([node, a])).toEqual([]);
    expect(pairVeths([node, a]).unclear).toEqual([]);
  });

  it('may be in a namespace with a name that it does not know itself', () => {
    const node = namespace('node', [{ name: 'v1', index: 5, peer: 2, id: 0 }], {
      ids: { 0: 'cni-a' },
    });
    const a = namespace('a', [{ name: 'eth0', index: 2, peer: 5, id: 0 }], {
      netns: 'cni-a',
      ids: { 0: 'node-in-a-container' },
    });
    expect(pairsOf([node, a])).toEqual(['node v1 = a eth0', 'a eth0 = node v1']);
  });

  it('may be in the same namespace', () => {
    const text =
      '[{"ifindex":2,"link":"b","ifname":"a","flags":[],"mtu":1500,"linkinfo":{"info_kind":"veth"}},' +
      '{"ifindex":3,"link":"a","ifname":"b","flags":[],"mtu":1500,"linkinfo":{"info_kind":"veth"}}]';
    const dump = new NamespaceDump(
      { folders: () => [], read: (path) => (path === 'f/ip-link.json' ? text : undefined) },
      'f',
      'node',
    );
    expect(pairsOf([dump])).toEqual(['node a = node b', 'node b = node a']);
  });

  it('follows from other veths of the same namespaces', () => {
    // v1 alone could lead to a or to b; v2 has the same number, and only b has its other end.
    const node = namespace('node', [
      { name: 'v1', index: 5, peer: 2, id: 0 },
      { name: 'v2', index: 6, peer: 3, id: 0 },
    ]);
    const a = namespace('a', [{ name: 'eth0', index: 2, peer: 5, id: 4 }]);
    const b = namespace('b', [
      { name: 'eth0', index: 2, peer: 5, id: 4 },
      { name: 'eth1', index: 3, peer: 6, id: 4 },
    ]);
    const pairs = pairsOf([node, a, b]);
    expect(pairs).toContain('node v1 = b eth0');
    expect(pairs).toContain('node v2 = b eth1');
  });

  it('follows from what is taken already', () => {
    // Number 0 could mean x or y, by v1; but x has number 1, by v2.
    const node = namespace('node', [
      { name: 'v1', index: 5, peer: 2, id: 0 },
      { name: 'v2', index: 6, peer: 3, id: 1 },
    ]);
    const x = namespace('x', [
      { name: 'eth0', index: 2, peer: 5, id: 3 },
      { name: 'eth1', index: 3, peer: 6, id: 0 },
    ]);
    const y = namespace('y', [{ name: 'eth0', index: 2, peer: 5, id: 0 }]);
    expect(pairsOf([node, x, y])).toContain('node v1 = y eth0');
  });

  it('stays unclear where nothing tells', () => {
    const node = namespace('node', [{ name: 'v1', index: 5, peer: 2, id: 0 }]);
    const end = [{ name: 'eth0', index: 2, peer: 5, id: 0 }];
    const dumps = [node, namespace('a', end), namespace('b', end)];
    expect(pairVeths(dumps).unclear).toEqual(['node: the other end of v1 is in a or b']);
  });
});
