import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from '../cluster-from-objects.ts';
import { node, object, pod, problemsOf, workload } from '../test-objects.ts';

const podsOf = (...objects: unknown[]) => [...clusterFromObjects(objects).pods.values()];
const namesOf = (...objects: unknown[]) => podsOf(...objects).map(({ name }) => name);

describe('pods of workloads', () => {
  test('a Deployment: hash of the template, then a random part, both always the same', () => {
    const pods = podsOf(workload('Deployment', 'shop/web', { replicas: 2 }));
    expect(pods).toHaveLength(2);
    for (const { name, labels, owner } of pods) {
      expect(name).toMatch(
        /^web-[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
      );
      expect(labels).toEqual({ app: 'web', 'pod-template-hash': name.split('-')[1] });
      expect(owner).toEqual({ kind: 'Deployment', name: 'web' });
    }
    expect(new Set(pods.map(({ name }) => name)).size).toBe(2);
  });

  test('names depend on nothing but the workload', () => {
    const alone = namesOf(workload('Deployment', 'shop/web', { replicas: 2 }));
    const among = namesOf(
      workload('Deployment', 'shop/api', { replicas: 3 }),
      workload('Deployment', 'shop/web', { replicas: 3 }),
    );
    expect(among.slice(3, 5)).toEqual(alone);
    expect(namesOf(workload('Deployment', 'other/web'))).not.toEqual(alone.slice(0, 1));
  });

  test('a StatefulSet: ordinals, host names and the governing Service', () => {
    const spec = { replicas: 2, serviceName: 'db', ordinals: { start: 3 } };
    expect(podsOf(workload('StatefulSet', 'data/db', spec))).toMatchObject([
      {
        name: 'db-3',
        hostname: 'db-3',
        subdomain: 'db',
        labels: {
          'statefulset.kubernetes.io/pod-name': 'db-3',
          'apps.kubernetes.io/pod-index': '3',
        },
      },
      { name: 'db-4', hostname: 'db-4' },
    ]);
  });

  test('one pod by default, none on request, and no more than a number of replicas', () => {
    expect(namesOf(workload('ReplicaSet', 'a/b'))).toHaveLength(1);
    expect(namesOf(workload('Deployment', 'a/b', { replicas: 0 }))).toEqual([]);
    const [problem] = problemsOf(() => podsOf(workload('Deployment', 'a/b', { replicas: -1 })));
    expect(problem).toMatchObject({ field: 'spec.replicas', type: 'FieldValueInvalid' });
    const many = workload('Deployment', 'a/b', { replicas: 2_000_000_000 });
    expect(problemsOf(() => podsOf(many))[0]?.type).toBe('FieldValueTooMany');
  });

  test('a DaemonSet: one on each node that takes it', () => {
    const nodes = [
      node('a', { metadata: { labels: { role: 'edge' } } }),
      node('b', { spec: { unschedulable: true }, metadata: { labels: { role: 'edge' } } }),
      node('c', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }),
      node('d'),
    ];
    const placed = (podSpec: object) =>
      podsOf(...nodes, workload('DaemonSet', 'ops/agent', {}, { ...podSpec })).map(
        (one) => one.node,
      );
    expect(placed({})).toEqual(['a', 'b', 'd']);
    expect(placed({ tolerations: [{ operator: 'Exists' }] })).toEqual(['a', 'b', 'c', 'd']);
    expect(placed({ nodeSelector: { role: 'edge' } })).toEqual(['a', 'b']);
    expect(placed({ nodeName: 'd' })).toEqual(['d']);
  });

  test('Jobs and CronJobs', () => {
    const template = { metadata: { labels: { app: 'j' } }, spec: {} };
    const job = (spec: object, status = {}) =>
      object('batch/v1', 'Job', 'ops/job', { spec: { template, ...spec }, status });
    const cron = (spec: object) =>
      object('batch/v1', 'CronJob', 'ops/night', {
        spec: { jobTemplate: { spec: { template } }, ...spec },
      });
    expect(namesOf(job({ parallelism: 3, completions: 2 }))).toHaveLength(2);
    expect(namesOf(job({ suspend: true }))).toEqual([]);
    expect(namesOf(job({}, { conditions: [{ type: 'Complete', status: 'True' }] }))).toEqual([]);
    expect(podsOf(job({ parallelism: 2, completionMode: 'Indexed' }))[1]).toMatchObject({
      name: expect.stringMatching(/^job-1-.{5}$/),
      hostname: 'job-1',
      labels: { app: 'j', 'job-name': 'job', 'batch.kubernetes.io/job-completion-index': '1' },
    });
    expect(podsOf(cron({}))).toMatchObject([
      {
        name: expect.stringMatching(/^night-[0-9]{8}-.{5}$/),
        owner: { kind: 'CronJob', name: 'night' },
      },
    ]);
    expect(namesOf(cron({ suspend: true }))).toEqual([]);
  });

  test('a ReplicationController selects by a plain map', () => {
    const spec = { selector: { app: 'old' }, template: { metadata: { labels: { app: 'old' } } } };
    expect(namesOf(object('v1', 'ReplicationController', 'a/old', { spec }))).toHaveLength(1);
  });

  test('long names leave room for the random part', () => {
    const [name = ''] = namesOf(workload('DaemonSet', `a/${'x'.repeat(60)}`));
    expect(name).toHaveLength(63);
  });

  test('a selector that misses the template is said, not refused', () => {
    const spec = { selector: { matchLabels: { app: 'other' } } };
    const cluster = clusterFromObjects([workload('Deployment', 'a/web', spec)]);
    expect(cluster.pods.size).toBe(1);
    expect(cluster.notes).toContain(
      "The selector of Deployment a/web does not match its pods' labels: an API server would refuse it.",
    );
    const without = workload('Deployment', 'a/web', { selector: null });
    expect(problemsOf(() => podsOf(without))[0]?.field).toBe('spec.selector');
  });

  test('a pod that a workload would make and that is there on its own', () => {
    const objects = [pod('a/db-0'), workload('StatefulSet', 'a/db')];
    expect(problemsOf(() => podsOf(...objects))).toMatchObject([
      { type: 'FieldValueDuplicate', kind: 'StatefulSet', name: 'a/db' },
    ]);
  });
});

describe('dumps of live clusters', () => {
  const owned = (kind: string, name: string, labels = {}) => ({
    metadata: { ownerReferences: [{ kind, name, controller: true, uid: 'u' }], labels },
  });
  const deployment = workload('Deployment', 'shop/web', { replicas: 2 });
  const replicaSet = {
    ...workload('ReplicaSet', 'shop/web-5d4f8'),
    metadata: { namespace: 'shop', name: 'web-5d4f8', ...owned('Deployment', 'web').metadata },
  };
  const live = pod(
    'shop/web-5d4f8-x7x2p',
    owned('ReplicaSet', 'web-5d4f8', { 'pod-template-hash': '5d4f8' }),
  );
  const owner = { kind: 'Deployment', name: 'web' };

  test.each([
    ['Deployment, ReplicaSet and Pod', [deployment, replicaSet, live]],
    ['the pod first', [live, replicaSet, deployment]],
    ['without the ReplicaSet', [deployment, live]],
    ['without the Deployment', [replicaSet, live]],
    ['only the pod', [live]],
  ])('%s: the pod is there once and belongs to the Deployment', (_, objects) => {
    expect(podsOf(...objects)).toMatchObject([{ name: 'web-5d4f8-x7x2p', owner }]);
  });

  test('without pods, the top workload makes them', () => {
    const pods = podsOf(replicaSet, deployment);
    expect(pods.map((one) => one.owner)).toEqual([owner, owner]);
    expect(podsOf(replicaSet)).toMatchObject([{ owner }]);
  });

  test('a pod of another namespace or another workload keeps nothing from being made', () => {
    const elsewhere = { ...live, metadata: { ...Object(live.metadata), namespace: 'test' } };
    expect(podsOf(deployment, elsewhere)).toHaveLength(3);
  });

  test('Jobs of a CronJob, static pods, and owners of unknown kinds', () => {
    expect(podsOf(pod('a/x', owned('Job', 'backup-28934520')))[0]?.owner).toEqual({
      kind: 'CronJob',
      name: 'backup',
    });
    expect(podsOf(pod('a/x', owned('Job', 'migrate')))[0]?.owner).toEqual({
      kind: 'Job',
      name: 'migrate',
    });
    expect(podsOf(pod('a/x', owned('Node', 'n1')))[0]?.owner).toEqual({ kind: 'Pod', name: 'x' });
    expect(podsOf(pod('a/x', owned('Rollout', 'r')))[0]?.owner).toEqual({
      kind: 'Rollout',
      name: 'r',
    });
  });
});
