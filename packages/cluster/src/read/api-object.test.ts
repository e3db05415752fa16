import { describe, expect, test } from 'vitest';
import { apiObjectsIn } from './api-object.ts';

/** The objects in a value as `group/kind name`, or their problems. */
const unpack = (value: unknown): string[] =>
  [...apiObjectsIn(value, () => undefined)].map(({ group, kind, root, findings }) =>
    findings.length > 0
      ? findings.map(({ field, reason }) => `${field}: ${reason}`).join(' and ')
      : `${group}/${kind} ${String(root.at('metadata').at('name').value)}`,
  );

const thing = (name: string, kind = 'Pod', apiVersion = 'v1') => ({
  apiVersion,
  kind,
  metadata: { name },
});
const list = (items: unknown, kind = 'List', apiVersion = 'v1') => ({ apiVersion, kind, items });

describe('apiObjectsIn', () => {
  test('an object on its own', () => {
    expect(unpack(thing('a'))).toEqual(['/Pod a']);
    expect(unpack(thing('a', 'Deployment', 'apps/v1'))).toEqual(['apps/Deployment a']);
  });

  test('a List, and Lists in it', () => {
    expect(unpack(list([thing('a'), list([thing('b')]), thing('c', 'Node')]))).toEqual([
      '/Pod a',
      '/Pod b',
      '/Node c',
    ]);
    expect(unpack(list([]))).toEqual([]);
    expect(unpack(list(null))).toEqual([]);
  });

  test('items of a typed list inherit kind and version, or have their own', () => {
    const bare = { metadata: { name: 'a' } };
    expect(unpack(list([bare, thing('b', 'Node')], 'PodList'))).toEqual(['/Pod a', '/Node b']);
    expect(unpack(list([bare], 'NetworkPolicyList', 'networking.k8s.io/v1'))).toEqual([
      'networking.k8s.io/NetworkPolicy a',
    ]);
    expect(unpack(list([bare]))).toEqual([
      'kind: this is no Kubernetes object: it has no kind and apiVersion: there is no apiVersion'.split(
        ' and ',
      )[0],
    ]);
  });

  test('a kind that merely ends in List is an object of its own', () => {
    expect(unpack(thing('a', 'AllowList', 'example.com/v1'))).toEqual(['example.com/AllowList a']);
  });

  test.each<[unknown, string]>([
    [7, ': 7 is not a Kubernetes object'],
    ['text', ': "text" is not a Kubernetes object'],
    [null, ': null is not a Kubernetes object'],
    [[thing('a')], ': a list is not a Kubernetes object'],
    [{ apiVersion: 'v1' }, 'kind: this is no Kubernetes object: it has no kind'],
    [{ kind: 'Pod' }, 'apiVersion: there is no apiVersion'],
    [{ apiVersion: 'v1', kind: 7 }, 'kind: 7 is not a string'],
    [{ apiVersion: 1, kind: 'Pod' }, 'apiVersion: 1 is not a string'],
    [list({}), 'items: an object is not a list'],
  ])('%j: %s', (value, expected) => {
    expect(unpack(value)).toEqual([expected]);
  });

  test('a list that holds itself comes to an end', () => {
    const self = list([]);
    self.items = [self];
    expect(unpack(self)).toEqual([': lists are nested too deeply']);
  });

  test('parts of items are located from the document', () => {
    const asked: string[] = [];
    const objects = apiObjectsIn(list([thing('a'), list([thing('b')])]), (path) => {
      asked.push(path.join('.'));
      return undefined;
    });
    for (const { locate } of objects) locate(['metadata', 'name']);
    expect(asked).toEqual(['items.0.metadata.name', 'items.1.items.0.metadata.name']);
  });
});
