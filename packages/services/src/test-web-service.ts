import type { Endpoint, Service } from '@podpath/cluster';
import { parsePrefix } from '@podpath/net';
import { kubeProxyCommands } from './kube-proxy.ts';
import type { KubeProxyOptions } from './kube-proxy-options.ts';
import {
  testCluster,
  testEndpoint,
  testNode,
  testPort,
  testService,
  testSlice,
} from './test-cluster.ts';
import { ruleTexts } from './test-rule-text.ts';

/** The Service of most of these tests, `default/web:http` at 10.96.0.10:80, seen from `node1`. */

export const OPTIONS: KubeProxyOptions = {
  localDetector: { kind: 'cluster-cidr', cidrs: [parsePrefix('10.244.0.0/16')] },
  masqueradeAll: false,
  randomFully: true,
};

export const NODE = testNode('node1', '192.0.2.11');

/** SHA-256 of `default/web:httptcp` in base32, cut: the end of this Service port's chain names. */
export const WEB = 'CDGGSHYLG3RE2FKL';

export const here = (address: string, more: Partial<Endpoint> = {}) =>
  testEndpoint(address, { nodeName: 'node1', ...more });
export const there = (address: string, more: Partial<Endpoint> = {}) =>
  testEndpoint(address, { nodeName: 'node2', ...more });

export const web = (more: Partial<Service> = {}, nodePort?: number): Service =>
  testService(
    'web',
    ['10.96.0.10'],
    [testPort(80, { name: 'http', ...(nodePort === undefined ? {} : { nodePort }) })],
    more,
  );

export const clusterOf = (service: Service, ...endpoints: readonly Endpoint[]) =>
  testCluster({
    nodes: [NODE],
    services: [service],
    slices:
      endpoints.length === 0
        ? []
        : [testSlice('web', [{ name: 'http', protocol: 'TCP', port: 8080 }], endpoints)],
  });

/** The rules that a cluster's Services add to those that are always there. */
export const addedRules = (
  table: 'filter' | 'nat',
  cluster: ReturnType<typeof testCluster>,
  options: KubeProxyOptions = OPTIONS,
): readonly string[] => {
  const none = testCluster({ nodes: [NODE] });
  const always = new Set(ruleTexts(kubeProxyCommands(none, NODE, options)));
  return ruleTexts(kubeProxyCommands(cluster, NODE, options), table).filter(
    (text) => text.startsWith('-A') && !always.has(text),
  );
};

/** The added rules of one chain, without its name. */
export const addedTo = (chain: string, ...args: Parameters<typeof addedRules>): readonly string[] =>
  addedRules(...args)
    .filter((text) => text.startsWith(`-A ${chain} `))
    .map((text) => text.slice(`-A ${chain} `.length));
