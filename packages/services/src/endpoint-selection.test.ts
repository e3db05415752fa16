import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectEndpoints, type TrafficPolicies } from './endpoint-selection.ts';

const CLUSTER: TrafficPolicies = {
  internalLocal: false,
  externalLocal: false,
  externallyAccessible: false,
};
const INTERNAL_LOCAL = { ...CLUSTER, internalLocal: true };
const EXTERNAL_LOCAL = { ...CLUSTER, externalLocal: true, externallyAccessible: true };
const HERE = { name: 'here', zone: 'a' };

type Condition = 'ready' | 'unready' | 'stopping';
const endpoint = (id: string, condition: Condition, nodeName = 'there', ...zones: string[]) => ({
  id,
  ready: condition === 'ready',
  serving: condition !== 'unready',
  terminating: condition === 'stopping',
  nodeName,
  ...(zones.length === 0 ? {} : { zones }),
});

const select = (policies: TrafficPolicies, ...endpoints: ReturnType<typeof endpoint>[]) => {
  const { cluster, local, reachable, hasAny } = selectEndpoints(endpoints, policies, HERE);
  const ids = (list: readonly { id: string }[] | undefined) => list?.map(({ id }) => id).join(' ');
  return [ids(cluster), ids(local), ids(reachable), hasAny];
};

describe('under the Cluster policy', () => {
  it('ready endpoints of every node are chosen', () => {
    expect(
      select(
        CLUSTER,
        endpoint('1', 'ready', 'here'),
        endpoint('2', 'ready'),
        endpoint('3', 'unready'),
      ),
    ).toEqual(['1 2', undefined, '1 2', true]);
  });

  it('endpoints that stop but still serve are a last resort', () => {
    expect(select(CLUSTER, endpoint('1', 'stopping'), endpoint('2', 'ready'))[0]).toBe('2');
    expect(select(CLUSTER, endpoint('1', 'stopping'), endpoint('2', 'unready'))[0]).toBe('1');
  });

  it('there is nothing when all are unready', () => {
    expect(select(CLUSTER, endpoint('1', 'unready'))).toEqual(['', undefined, '', false]);
  });
});

describe('under the Local policy', () => {
  it('only endpoints of this node are chosen', () => {
    expect(select(INTERNAL_LOCAL, endpoint('1', 'ready', 'here'), endpoint('2', 'ready'))).toEqual([
      undefined,
      '1',
      '1',
      true,
    ]);
  });

  it('endpoints elsewhere do not help, but are known to exist', () => {
    expect(select(INTERNAL_LOCAL, endpoint('1', 'ready'))).toEqual([undefined, '', '', true]);
    expect(select(INTERNAL_LOCAL, endpoint('1', 'unready'))).toEqual([undefined, '', '', false]);
  });

  it('for outside traffic the cluster list is made as well, each with a last resort of its own', () => {
    expect(
      select(EXTERNAL_LOCAL, endpoint('1', 'ready'), endpoint('2', 'stopping', 'here')),
    ).toEqual(['1', '2', '1 2', true]);
  });

  it('without a way in from outside, the external policy means nothing', () => {
    const unreachable = { ...EXTERNAL_LOCAL, externallyAccessible: false };
    expect(select(unreachable, endpoint('1', 'ready'))).toEqual(['1', undefined, '1', true]);
  });
});

describe('zone hints', () => {
  it('narrow the cluster list to this zone', () => {
    expect(
      select(CLUSTER, endpoint('1', 'ready', 'x', 'a'), endpoint('2', 'ready', 'x', 'b'))[0],
    ).toBe('1');
  });

  it('are ignored when a ready endpoint has none, or none names this zone', () => {
    expect(select(CLUSTER, endpoint('1', 'ready', 'x', 'a'), endpoint('2', 'ready', 'x'))[0]).toBe(
      '1 2',
    );
    expect(
      select(CLUSTER, endpoint('1', 'ready', 'x', 'c'), endpoint('2', 'ready', 'x', 'b'))[0],
    ).toBe('1 2');
  });

  it('of endpoints that are not ready do not matter', () => {
    expect(
      select(CLUSTER, endpoint('1', 'unready', 'x'), endpoint('2', 'ready', 'x', 'a'))[0],
    ).toBe('2');
  });

  it('never narrow the local list', () => {
    expect(
      select(
        { ...EXTERNAL_LOCAL, internalLocal: true },
        endpoint('1', 'ready', 'here', 'b'),
        endpoint('2', 'ready', 'x', 'a'),
      ),
    ).toEqual(['2', '1', '1 2', true]);
  });
});

describe('whatever the endpoints and policies', () => {
  const anyEndpoint = fc.record({
    ready: fc.boolean(),
    serving: fc.boolean(),
    terminating: fc.boolean(),
    nodeName: fc.constantFrom('here', 'there'),
    zones: fc.constantFrom(['a'], ['b'], ['a', 'b'], []),
  });
  const anyPolicies = fc.record({
    internalLocal: fc.boolean(),
    externalLocal: fc.boolean(),
    externallyAccessible: fc.boolean(),
  });

  it('what is reachable is the union of the lists, and the local list is of this node', () => {
    fc.assert(
      fc.property(fc.array(anyEndpoint), anyPolicies, (endpoints, policies) => {
        const { cluster, local, reachable, hasAny } = selectEndpoints(endpoints, policies, HERE);
        expect(new Set(reachable)).toEqual(new Set([...(cluster ?? []), ...(local ?? [])]));
        expect((local ?? []).every((e) => e.nodeName === 'here')).toBe(true);
        expect(reachable.every((e) => e.ready || (e.serving && e.terminating))).toBe(true);
        if (reachable.length > 0) expect(hasAny).toBe(true);
      }),
    );
  });
});
