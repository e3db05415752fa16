import { parseCalicoSelector } from '@podpath/cluster';
import { describe, expect, it } from 'vitest';
import { testCluster } from '../testing/test-cluster.ts';
import { EndpointIndex } from './endpoint-index.ts';

const cluster = testCluster({
  nodes: { n1: ['172.18.0.2'] },
  namespaces: { prod: { team: 'web' }, dev: { team: 'ops' } },
  pods: {
    'web-1': { node: 'n1', ips: ['10.244.0.1'], labels: { app: 'web', tier: 'front' } },
    'web-2': { node: 'n1', ips: ['10.244.0.2'], labels: { tier: 'front', app: 'web' } },
    'dev-1': { node: 'n1', ips: ['10.244.0.3'], namespace: 'dev', labels: { app: 'web' } },
    host: { node: 'n1', hostNetwork: true, labels: { app: 'web' } },
    pending: { node: 'n1', ips: [], labels: { app: 'web' } },
  },
});
const index = new EndpointIndex(cluster);
const names = (selector: string) =>
  index.matching(parseCalicoSelector(selector)).flatMap(({ pods }) => pods.map((pod) => pod.name));

describe('EndpointIndex', () => {
  it('takes pods with equal labels for one, and pods without an address of their own for none', () => {
    expect(index.classes.map(({ pods }) => pods.map((pod) => pod.name))).toEqual([
      ['web-1', 'web-2'],
      ['dev-1'],
    ]);
  });

  it('sees labels of pods, of their namespaces, and those that Calico adds', () => {
    expect(names("app == 'web'")).toEqual(['web-1', 'web-2', 'dev-1']);
    expect(names("pcns.team == 'ops'")).toEqual(['dev-1']);
    expect(names("pcns.projectcalico.org/name == 'prod'")).toEqual(['web-1', 'web-2']);
    expect(names("projectcalico.org/namespace == 'dev'")).toEqual(['dev-1']);
    expect(names("projectcalico.org/orchestrator == 'k8s'")).toHaveLength(3);
    expect(names("pcsa.projectcalico.org/name == 'default'")).toHaveLength(3);
  });

  it('lets the labels of a pod win over those that it inherits', () => {
    const odd = testCluster({
      nodes: { n1: ['172.18.0.2'] },
      namespaces: { prod: { team: 'web' } },
      pods: { a: { node: 'n1', ips: ['10.244.0.1'], labels: { 'pcns.team': 'mine' } } },
    });
    expect(
      new EndpointIndex(odd).matching(parseCalicoSelector("pcns.team == 'mine'")),
    ).toHaveLength(1);
  });

  it('evaluates a selector once, however it is spelt', () => {
    const spelt = (text: string) => index.matching(parseCalicoSelector(text));
    expect(spelt("app=='web'")).toBe(spelt('(app == "web")'));
  });
});
