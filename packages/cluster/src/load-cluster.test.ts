import { describe, expect, test } from 'vitest';
import { clusterFromText, loadCluster } from './load-cluster.ts';
import { ClusterLoadError } from './problem.ts';
import { problemsOf } from './test-objects.ts';
import { memoryReader } from './test-reader.ts';

const messageOf = (text: string): string => {
  try {
    clusterFromText(text, 'shop.yaml');
  } catch (error) {
    if (error instanceof ClusterLoadError) return error.message;
    throw error;
  }
  return 'no problem';
};

const SHOP = `
apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector:
    matchLabels: {app: web}
  ingress:
  - ports:
    - port: 80
  egress:
  - {}
`;

describe('loadCluster', () => {
  test('reads files, directories and standard input into one cluster', async () => {
    const reader = memoryReader({
      'base/namespace.yaml': SHOP,
      'pod.json':
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}}',
    });
    async function* stdin() {
      yield '{apiVersion: v1, kind: Node, metadata: {name: alpha}}';
    }
    const cluster = await loadCluster(['base', 'pod.json', '-'], { reader, stdin: stdin() });
    expect([...cluster.namespaces.keys()]).toEqual(['shop']);
    expect([...cluster.nodes.keys()]).toEqual(['alpha']);
    expect([...cluster.pods.keys()]).toEqual(['shop/web']);
    expect(cluster.pods.get('shop/web')?.source).toEqual({
      file: 'pod.json',
      document: 1,
      line: 1,
      column: 1,
    });
    expect(cluster.nodes.get('alpha')?.source?.file).toBe('-');
  });

  test('a policy and its rules know where they are written', () => {
    const [policy] = clusterFromText(SHOP, 'shop.yaml').networkPolicies;
    expect(policy?.source).toEqual({ file: 'shop.yaml', document: 2, line: 7, column: 1 });
    expect(policy?.ingress[0]?.source).toMatchObject({ line: 16, column: 5 });
    expect(policy?.egress[0]?.source).toMatchObject({ line: 19, column: 5 });
  });

  test('items of a typed list may leave out kind and version, as the API has them', () => {
    const text =
      'apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n';
    const cluster = clusterFromText(text, 'pods.yaml');
    expect([...cluster.pods.values()].map(({ name, source }) => [name, source?.line])).toEqual([
      ['a', 4],
      ['b', 5],
    ]);
  });

  test('kinds that are not read are counted, also those that only share a name', () => {
    const cluster = clusterFromText(
      ['v1 ConfigMap', 'v1 ConfigMap', 'serving.knative.dev/v1 Service', 'example.com/v1 List']
        .map((kind) => kind.split(' '))
        .map(([version, kind]) => `{apiVersion: ${version}, kind: ${kind}, metadata: {name: x}}`)
        .join('\n---\n'),
      'mix.yaml',
    );
    expect([...cluster.ignoredKinds]).toEqual([
      ['v1 ConfigMap', 2],
      ['serving.knative.dev/v1 Service', 1],
    ]);
  });

  test('a directory may hold other files; a file given by name, or one that means to be a manifest, may not be one', async () => {
    const reader = memoryReader({
      'shop/ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
      'shop/values.yaml': 'replicas: 2\n',
      'shop/expected.json': '{"kind": "connectivity", "cases": []}',
    });
    const cluster = await loadCluster(['shop'], { reader });
    expect(cluster.notes).toContain(
      'Not Kubernetes objects, so not read: shop/expected.json, shop/values.yaml.',
    );
    await expect(loadCluster(['shop/values.yaml'], { reader })).rejects.toThrow(/has no kind/);
    const careless = memoryReader({ 'shop/pod.yaml': 'kind: Pod\nmetadata: {name: a}\n' });
    await expect(loadCluster(['shop'], { reader: careless })).rejects.toThrow(
      /there is no apiVersion/,
    );
  });

  test('a file given by name has to hold something; one found in a directory need not', async () => {
    const reader = memoryReader({ 'a/empty.yaml': '# nothing\n', 'a/pod.yaml': '{kind: Pod}' });
    await expect(loadCluster(['a/empty.yaml'], { reader })).rejects.toThrow(
      'a/empty.yaml: it has no objects; expected Kubernetes objects',
    );
    await expect(loadCluster(['a'], { reader })).rejects.toThrow('there is no apiVersion');
    await expect(loadCluster([], { reader })).rejects.toThrow('there is no input');
  });

  test('every problem of every file is reported', async () => {
    const reader = memoryReader({
      'a.yaml': 'a: [',
      'b.yaml': '{apiVersion: v1, kind: Pod, metadata: {name: "?"}}',
    });
    const error: unknown = await loadCluster(['gone', 'a.yaml', 'b.yaml'], { reader }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ClusterLoadError);
    const problems = error instanceof ClusterLoadError ? error.problems : [];
    expect(problems.map(({ file, type }) => [file, type])).toEqual([
      ['gone', 'io'],
      ['a.yaml', 'syntax'],
      ['b.yaml', 'FieldValueInvalid'],
    ]);
  });
});

describe('messages', () => {
  test('place, object, field, what is wrong, what would be right', () => {
    const text = SHOP.replace('- port: 80', '- {port: 80, endPort: 70}');
    expect(messageOf(text)).toBe(
      'shop.yaml:17:18 (document 2) NetworkPolicy shop/web: spec.ingress[0].ports[0].endPort: ' +
        '70 is lower than port 80; expected a number greater than or equal to 80, up to 65535',
    );
  });

  test('a value that YAML does not take for a string', () => {
    const text = '{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {\n  version: 1.20}}}';
    expect(messageOf(text)).toBe(
      'shop.yaml:2:3 (document 1) Pod default/web: metadata.labels: ' +
        'version: 1.2 is no string; expected a string: quote it, "1.2"',
    );
  });

  test('a misspelt member of a policy, which would be dropped in silence', () => {
    expect(messageOf(SHOP.replace('- port: 80', '- prot: 80'))).toBe(
      'shop.yaml:17:7 (document 2) NetworkPolicy shop/web: spec.ingress[0].ports[0].prot: ' +
        '"prot" is an unknown field; expected protocol, port, endPort',
    );
  });

  test('the same object twice', () => {
    const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n';
    expect(messageOf(`${pod}---\n${pod}`)).toBe(
      'shop.yaml:9:3 (document 2) Pod default/web: metadata.name: ' +
        'Pod default/web is there already: shop.yaml:1:1 (document 1); expected each object once',
    );
  });

  test('a list that is none', () => {
    expect(messageOf('{apiVersion: v1, kind: List, items: 7}')).toBe(
      'shop.yaml:1:30 (document 1) List: items: 7 is not a list; expected a list',
    );
    const deep = '{apiVersion: v1, kind: List, items: ['.repeat(5) + ']}'.repeat(5);
    expect(messageOf(deep)).toContain('lists are nested too deeply');
  });

  test('many problems are cut short in the message, not in the list', () => {
    const pods = Array.from(
      { length: 70 },
      (_, index) => `{apiVersion: v1, kind: Pod, metadata: {name: P${index}}}`,
    );
    const text = pods.join('\n---\n');
    expect(problemsOf(() => clusterFromText(text, 'shop.yaml'))).toHaveLength(70);
    expect(messageOf(text).split('\n')).toHaveLength(51);
    expect(messageOf(text)).toMatch(/and 20 more problems$/);
  });
});
