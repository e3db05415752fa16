import { parseIp, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { kubeProxyCommands } from './kube-proxy.ts';
import { testNode, testPort, testService } from './test-cluster.ts';
import { ruleTexts } from './test-rule-text.ts';
import {
  addedRules,
  addedTo,
  clusterOf,
  here,
  NODE,
  OPTIONS,
  there,
  WEB,
  web,
} from './test-web-service.ts';

const LOCAL_OUTSIDE = { externalTrafficPolicy: 'Local' } as const;
const LOCAL_INSIDE = { internalTrafficPolicy: 'Local' } as const;

describe('a Service without endpoints', () => {
  it('rejects at its ClusterIP', () => {
    expect(addedRules('nat', clusterOf(web()))).toEqual([]);
    expect(addedRules('filter', clusterOf(web()))).toEqual([
      '-A KUBE-SERVICES -m comment --comment "default/web:http has no endpoints" -m tcp -p tcp -d 10.96.0.10 --dport 80 -j REJECT',
    ]);
  });

  it('rejects at every other way in too', () => {
    const service = web(
      {
        type: 'LoadBalancer',
        externalIps: [parseIp('198.51.100.7')],
        loadBalancerIps: [parseIp('203.0.113.9')],
      },
      30080,
    );
    const note = '-m comment --comment "default/web:http has no endpoints"';
    expect(addedTo('KUBE-EXTERNAL-SERVICES', 'filter', clusterOf(service))).toEqual([
      `${note} -m tcp -p tcp -d 198.51.100.7 --dport 80 -j REJECT`,
      `${note} -m tcp -p tcp -d 203.0.113.9 --dport 80 -j REJECT`,
      `${note} -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j REJECT`,
    ]);
  });
});

describe('internalTrafficPolicy Local', () => {
  it('spreads over endpoints of this node, in a chain of its own', () => {
    const cluster = clusterOf(web(LOCAL_INSIDE), here('10.244.1.2'), there('10.244.2.2'));
    expect(addedTo('KUBE-SERVICES', 'nat', cluster)[0]).toContain(`-j KUBE-SVL-${WEB}`);
    expect(addedTo(`KUBE-SVL-${WEB}`, 'nat', cluster)).toEqual([
      '-m comment --comment "default/web:http cluster IP" -m tcp -p tcp -d 10.96.0.10 --dport 80 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ',
      '-m comment --comment "default/web:http -> 10.244.1.2:8080" -j KUBE-SEP-UIQK3OSOSTRHRPBX',
    ]);
    expect(addedTo(`KUBE-SVC-${WEB}`, 'nat', cluster)).toEqual([]);
  });

  it('drops silently when only other nodes have endpoints', () => {
    const cluster = clusterOf(web(LOCAL_INSIDE), there('10.244.2.2'));
    expect(addedRules('nat', cluster)).toEqual([]);
    expect(addedRules('filter', cluster)).toEqual([
      '-A KUBE-SERVICES -m comment --comment "default/web:http has no local endpoints" -m tcp -p tcp -d 10.96.0.10 --dport 80 -j DROP',
    ]);
  });
});

describe('a NodePort', () => {
  const endpoints = [here('10.244.1.2'), there('10.244.2.2')] as const;

  it('leads through the external chain, masqueraded, to all endpoints', () => {
    const cluster = clusterOf(web({ type: 'NodePort' }, 30080), ...endpoints);
    expect(addedTo('KUBE-NODEPORTS', 'nat', cluster)).toEqual([
      `-m comment --comment default/web:http -m tcp -p tcp --dport 30080 -j KUBE-EXT-${WEB}`,
    ]);
    expect(addedTo(`KUBE-EXT-${WEB}`, 'nat', cluster)).toEqual([
      '-m comment --comment "masquerade traffic for default/web:http external destinations" -j KUBE-MARK-MASQ',
      `-j KUBE-SVC-${WEB}`,
    ]);
  });

  it('under externalTrafficPolicy Local keeps the source, and short-circuits pods and the node', () => {
    const cluster = clusterOf(web({ type: 'NodePort', ...LOCAL_OUTSIDE }, 30080), ...endpoints);
    expect(addedTo(`KUBE-EXT-${WEB}`, 'nat', cluster)).toEqual([
      `-m comment --comment "pod traffic for default/web:http external destinations" -s 10.244.0.0/16 -j KUBE-SVC-${WEB}`,
      '-m comment --comment "masquerade LOCAL traffic for default/web:http external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ',
      `-m comment --comment "route LOCAL traffic for default/web:http external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-${WEB}`,
      `-j KUBE-SVL-${WEB}`,
    ]);
    expect(addedTo(`KUBE-SVC-${WEB}`, 'nat', cluster)).toHaveLength(3);
    expect(addedTo(`KUBE-SVL-${WEB}`, 'nat', cluster)).toEqual([
      '-m comment --comment "default/web:http -> 10.244.1.2:8080" -j KUBE-SEP-UIQK3OSOSTRHRPBX',
    ]);
  });

  it('under that policy without an endpoint here is dropped, but still short-circuited', () => {
    const cluster = clusterOf(
      web({ type: 'NodePort', ...LOCAL_OUTSIDE }, 30080),
      there('10.244.2.2'),
    );
    expect(addedTo('KUBE-EXTERNAL-SERVICES', 'filter', cluster)).toEqual([
      '-m comment --comment "default/web:http has no local endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j DROP',
    ]);
    expect(addedTo(`KUBE-EXT-${WEB}`, 'nat', cluster)).toHaveLength(3);
  });

  it('may answer on some addresses of the node only', () => {
    const cluster = clusterOf(web({ type: 'NodePort' }, 30080), ...endpoints);
    const entry = (nodePortAddresses: readonly string[], localhostNodePorts = true) =>
      ruleTexts(
        kubeProxyCommands(cluster, NODE, {
          ...OPTIONS,
          localhostNodePorts,
          nodePortAddresses: nodePortAddresses.map(parsePrefix),
        }),
        'nat',
      )
        .filter((text) => text.endsWith('-j KUBE-NODEPORTS'))
        .map((text) => text.replace(/.*chain" (.*) -j .*/, '$1'));
    expect(entry([])).toEqual(['-m addrtype --dst-type LOCAL']);
    expect(entry([], false)).toEqual(['-m addrtype --dst-type LOCAL ! -d 127.0.0.0/8']);
    expect(entry(['192.0.2.0/24', '127.0.0.0/8'])).toEqual(['-d 192.0.2.11', '-d 127.0.0.1']);
    expect(entry(['192.0.2.0/24', '127.0.0.0/8'], false)).toEqual(['-d 192.0.2.11']);
    expect(entry(['198.51.100.0/24'])).toEqual([]);
  });
});

describe('a load balancer', () => {
  const balanced = (more: Parameters<typeof web>[0] = {}) =>
    clusterOf(
      web({ type: 'LoadBalancer', loadBalancerIps: [parseIp('203.0.113.9')], ...more }),
      there('10.244.2.2'),
    );
  const ranges = (...texts: readonly string[]) => ({
    loadBalancerSourceRanges: texts.map(parsePrefix),
  });

  it('leads through the external chain', () => {
    expect(addedTo('KUBE-SERVICES', 'nat', balanced())[1]).toBe(
      `-m comment --comment "default/web:http loadbalancer IP" -m tcp -p tcp -d 203.0.113.9 --dport 80 -j KUBE-EXT-${WEB}`,
    );
  });

  it('with source ranges checks them first, and drops what they leave untranslated', () => {
    const cluster = balanced(ranges('198.51.100.0/24'));
    expect(addedTo('KUBE-SERVICES', 'nat', cluster)[1]).toContain(`-j KUBE-FW-${WEB}`);
    expect(addedTo(`KUBE-FW-${WEB}`, 'nat', cluster)).toEqual([
      `-m comment --comment "default/web:http loadbalancer IP" -s 198.51.100.0/24 -j KUBE-EXT-${WEB}`,
      '-m comment --comment "other traffic to default/web:http will be dropped by KUBE-PROXY-FIREWALL"',
    ]);
    expect(addedTo('KUBE-PROXY-FIREWALL', 'filter', cluster)).toEqual([
      `-m comment --comment "default/web:http traffic not accepted by KUBE-FW-${WEB}" -m tcp -p tcp -d 203.0.113.9 --dport 80 -j DROP`,
    ]);
  });

  it('lets the node itself in when a range has its address', () => {
    const cluster = balanced(ranges('192.0.2.0/24'));
    expect(addedTo(`KUBE-FW-${WEB}`, 'nat', cluster)).toContain(
      `-m comment --comment "default/web:http loadbalancer IP" -s 203.0.113.9 -j KUBE-EXT-${WEB}`,
    );
    const other = testNode('node2', '198.51.100.2');
    expect(ruleTexts(kubeProxyCommands(cluster, other, OPTIONS)).join()).not.toContain(
      '-s 203.0.113.9',
    );
  });

  it('opens its health check port under the Local policy only', () => {
    const health = { healthCheckNodePort: 32000 };
    expect(addedTo('KUBE-NODEPORTS', 'filter', balanced({ ...health, ...LOCAL_OUTSIDE }))).toEqual([
      '-m comment --comment "default/web:http health check node port" -m tcp -p tcp --dport 32000 -j ACCEPT',
    ]);
    expect(addedTo('KUBE-NODEPORTS', 'filter', balanced(health))).toEqual([]);
  });
});

describe('session affinity', () => {
  it('looks for a client that has been here before it draws, and remembers where it went', () => {
    const cluster = clusterOf(
      web({ sessionAffinitySeconds: 10_800 }),
      here('10.244.1.2'),
      there('10.244.2.2'),
    );
    const [first, second] = ['KUBE-SEP-UIQK3OSOSTRHRPBX', 'KUBE-SEP-4EX2N4PG4ASNZOBF'];
    expect(addedTo(`KUBE-SVC-${WEB}`, 'nat', cluster).slice(1)).toEqual([
      `-m comment --comment "default/web:http -> 10.244.1.2:8080" -m recent --name ${first} --rcheck --seconds 10800 --reap -j ${first}`,
      `-m comment --comment "default/web:http -> 10.244.2.2:8080" -m recent --name ${second} --rcheck --seconds 10800 --reap -j ${second}`,
      `-m comment --comment "default/web:http -> 10.244.1.2:8080" -m statistic --mode random --probability 0.50000000000 -j ${first}`,
      `-m comment --comment "default/web:http -> 10.244.2.2:8080" -j ${second}`,
    ]);
    expect(addedTo(first, 'nat', cluster)[1]).toBe(
      `-m comment --comment default/web:http -m recent --name ${first} --set -m tcp -p tcp -j DNAT --to-destination 10.244.1.2:8080`,
    );
  });
});

describe('telling pods from other clients of a ClusterIP', () => {
  const masqueraded = (options: Partial<typeof OPTIONS>, node = NODE) =>
    ruleTexts(
      kubeProxyCommands(clusterOf(web(), there('10.244.2.2')), node, { ...OPTIONS, ...options }),
    )
      .filter((text) => text.includes('cluster IP" -m tcp') && text.endsWith('KUBE-MARK-MASQ'))
      .map((text) => text.replace(/.*--dport 80 ?(.*) ?-j .*/, '$1').trim());

  it('goes by source network, by input device, or not at all', () => {
    expect(masqueraded({})).toEqual(['! -s 10.244.0.0/16']);
    expect(masqueraded({ localDetector: { kind: 'bridge', name: 'cni0' } })).toEqual(['! -i cni0']);
    expect(masqueraded({ localDetector: { kind: 'interface-prefix', prefix: 'cali' } })).toEqual([
      '! -i cali+',
    ]);
    expect(masqueraded({ localDetector: { kind: 'none' } })).toEqual([]);
    expect(masqueraded({ localDetector: { kind: 'cluster-cidr', cidrs: [] } })).toEqual([]);
  });

  it('goes by the networks of each node', () => {
    const node = testNode('node1', '192.0.2.11', { podCidrs: [parsePrefix('10.244.1.0/24')] });
    expect(masqueraded({ localDetector: { kind: 'node-cidr' } }, node)).toEqual([
      '! -s 10.244.1.0/24',
    ]);
    expect(masqueraded({ localDetector: { kind: 'node-cidr' } })).toEqual([]);
  });

  it('is not asked when everything is masqueraded', () => {
    expect(masqueraded({ masqueradeAll: true })).toEqual(['']);
  });
});

describe('Services that kube-proxy leaves alone', () => {
  it.each([
    ['headless', web({ clusterIps: [], headless: true })],
    ['of type ExternalName', web({ type: 'ExternalName', externalName: 'example.org' })],
    [
      'given to another proxy',
      web({ labels: { 'service.kubernetes.io/service-proxy-name': 'mesh' } }),
    ],
    ['marked as headless', web({ labels: { 'service.kubernetes.io/headless': '' } })],
  ])('are those %s', (_why, service) => {
    const cluster = clusterOf(service, here('10.244.1.2'));
    expect([...addedRules('nat', cluster), ...addedRules('filter', cluster)]).toEqual([]);
  });
});

describe('endpoints and Service ports', () => {
  it('meet by the name of the port and the protocol, never by number', () => {
    const dns = testService(
      'web',
      ['10.96.0.10'],
      [
        testPort(53, { name: 'dns', protocol: 'UDP' }),
        testPort(53, { name: 'dns-tcp' }),
        testPort(80, { name: 'http' }),
      ],
    );
    const cluster = clusterOf(dns, there('10.244.2.2'));
    expect(addedTo('KUBE-SERVICES', 'nat', cluster)).toHaveLength(1);
    expect(addedTo('KUBE-SERVICES', 'filter', cluster)).toEqual([
      '-m comment --comment "default/web:dns has no endpoints" -m udp -p udp -d 10.96.0.10 --dport 53 -j REJECT',
      '-m comment --comment "default/web:dns-tcp has no endpoints" -m tcp -p tcp -d 10.96.0.10 --dport 53 -j REJECT',
    ]);
  });
});
