import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullMesh, type Mesh, type MeshConnection, partialMesh } from './mesh.ts';

const both = (pairs: readonly (readonly [number, number])[]): MeshConnection[] =>
  pairs.flatMap(([a, b]) => [
    { from: a, to: b },
    { from: b, to: a },
  ]);

describe('a full mesh', () => {
  const mesh = fullMesh([1, 2, 3]);

  it('needs no relays', () => {
    expect(mesh.nextHop(1, 3)).toBe(3);
    expect([...mesh.broadcastHops(1, 1)]).toEqual([2, 3]);
    expect([...mesh.broadcastHops(2, 1)]).toEqual([]);
  });

  it('is what a partial mesh with every connection is', () => {
    const complete = partialMesh(
      both([
        [1, 2],
        [1, 3],
        [2, 3],
      ]),
    );
    for (const from of [1, 2, 3]) {
      for (const to of [1, 2, 3].filter((peer) => peer !== from)) {
        expect(complete.nextHop(from, to)).toBe(mesh.nextHop(from, to));
        expect(complete.broadcastHops(from, to)).toEqual([...mesh.broadcastHops(from, to)]);
      }
      expect(complete.broadcastHops(from, from)).toEqual([...mesh.broadcastHops(from, from)]);
    }
  });
});

describe('a partial mesh', () => {
  it('relays along a chain', () => {
    const chain = partialMesh(
      both([
        [4, 2],
        [2, 3],
        [3, 1],
      ]),
    );
    expect(chain.nextHop(4, 1)).toBe(2);
    expect(chain.nextHop(2, 1)).toBe(3);
    expect(chain.broadcastHops(2, 4)).toEqual([3]);
    expect(chain.broadcastHops(2, 1)).toEqual([4]);
  });

  it('prefers lower names of equally short ways', () => {
    const square = partialMesh(
      both([
        [1, 4],
        [1, 3],
        [4, 2],
        [3, 2],
      ]),
    );
    expect(square.nextHop(1, 2)).toBe(3);
    expect(square.broadcastHops(3, 1)).toEqual([2]);
    expect(square.broadcastHops(4, 1)).toEqual([]);
  });

  it('uses no connection that only one end has', () => {
    const mesh = partialMesh([
      ...both([
        [1, 3],
        [3, 2],
      ]),
      { from: 2, to: 1 },
    ]);
    expect(mesh.nextHop(1, 2)).toBe(3);
    expect(mesh.nextHop(1, 5)).toBeUndefined();
  });

  it('takes a broadcast to every peer that can be reached, exactly once', () => {
    const peer = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(fc.array(fc.tuple(peer, peer), { maxLength: 20 }), peer, (pairs, origin) => {
        const mesh = partialMesh(both(pairs.filter(([a, b]) => a !== b)));
        const received = spread(mesh, origin);
        expect(new Set(received).size).toBe(received.length);
        const reachable = [1, 2, 3, 4, 5, 6, 7, 8].filter(
          (to) => to !== origin && mesh.nextHop(origin, to) !== undefined,
        );
        expect(received.sort()).toEqual(reachable);
      }),
    );
  });

  /** Everyone who gets a broadcast, each time that they get it. */
  const spread = (mesh: Mesh, origin: number): number[] => {
    const received: number[] = [];
    const waiting = [origin];
    for (
      let at = waiting.shift();
      at !== undefined && received.length < 100;
      at = waiting.shift()
    ) {
      const hops = [...mesh.broadcastHops(at, origin)];
      received.push(...hops);
      waiting.push(...hops);
    }
    return received;
  };
});
