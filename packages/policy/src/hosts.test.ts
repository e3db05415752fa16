import { type CalicoPolicy, clusterFromObjects } from '@podpath/cluster';
import { describe, expect, it } from 'vitest';
import { createEvaluator } from './evaluator.ts';
import { formatVerdict } from './format-verdict.ts';
import { flow } from './test-cluster.ts';

const CALICO = 'projectcalico.org/v3';

const node = (name: string, address: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { addresses: [{ type: 'InternalIP', address }] },
});

const pod = (name: string, nodeName: string, ip: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app: name } },
  spec: { nodeName, containers: [] },
  status: { podIP: ip },
});

const base = [
  node('node-1', '192.168.0.1'),
  node('node-2', '192.168.0.2'),
  pod('web', 'node-1', '10.0.1.1'),
  pod('other', 'node-1', '10.0.1.2'),
  pod('db', 'node-2', '10.0.2.1'),
];

const hostEndpoint = (spec: object, name = 'h') => ({
  apiVersion: CALICO,
  kind: 'HostEndpoint',
  metadata: { name, labels: { host: 'yes' } },
  spec: { node: 'node-1', ...spec },
});

const profile = {
  apiVersion: CALICO,
  kind: 'Profile',
  metadata: { name: 'open' },
  spec: {
    ingress: [{ action: 'Allow' }],
    egress: [{ action: 'Allow' }],
    labelsToApply: { of: 'open' },
  },
};

const policy = (spec: object, name = 'p') => ({
  apiVersion: CALICO,
  kind: 'GlobalNetworkPolicy',
  metadata: { name },
  spec: { selector: "host == 'yes'", ...spec },
});

const under = (...objects: readonly object[]) => {
  const evaluator = createEvaluator(clusterFromObjects([...base, ...objects]));
  return (question: string) => evaluator.verdict(flow(question));
};

const denyTcp = [{ action: 'Deny', protocol: 'TCP' }];
const allowTcp80 = [{ action: 'Allow', protocol: 'TCP', destination: { ports: [80] } }];
const out = '8.8.8.8';

describe('a node with a host endpoint', () => {
  it('is closed but for failsafe ports, unless a profile or policy opens it', () => {
    const closed = under(hostEndpoint({ interfaceName: 'eth0' }));
    expect(closed(`${out} -> node-1 TCP/80`).ingress).toEqual({
      allowed: false,
      reason: 'no-profile',
    });
    expect(closed(`${out} -> node-1 TCP/22`).ingress).toEqual({
      allowed: true,
      reason: 'failsafe',
    });
    expect(closed(`node-1 -> ${out} UDP/53`).egress).toEqual({ allowed: true, reason: 'failsafe' });
    expect(closed(`${out} -> node-2 TCP/80`).ingress.reason).toBe('not-policed');
    const open = under(hostEndpoint({ interfaceName: 'eth0', profiles: ['open'] }), profile);
    expect(open(`${out} -> node-1 TCP/80`).ingress).toMatchObject({
      allowed: true,
      tier: 'profiles',
      rules: [{ policy: { kind: 'Profile', name: 'open' } }],
    });
  });

  it('is policed as pods are, by policies in tiers', () => {
    const ask = under(
      hostEndpoint({ interfaceName: 'eth0', profiles: ['open'] }),
      profile,
      policy({ ingress: allowTcp80 }),
    );
    expect(ask(`${out} -> node-1 TCP/80`).allowed).toBe(true);
    expect(ask(`${out} -> node-1 TCP/81`).ingress).toMatchObject({
      reason: 'denied-by-isolation',
      tier: 'default',
    });
    expect(ask(`${out} -> node-1 TCP/6443`).ingress.reason).toBe('failsafe');
    expect(ask(`node-1 -> ${out} TCP/81`).allowed).toBe(true);
  });

  it('always reaches its own pods, and they it', () => {
    const ask = under(hostEndpoint({ interfaceName: '*' }), policy({ ingress: [], egress: [] }));
    expect(ask('node-1 -> shop/web TCP/80').allowed).toBe(true);
    expect(ask('shop/web -> node-1 TCP/80').allowed).toBe(true);
  });

  it('is selected by labels that its profiles give it, as the source of others too', () => {
    const ask = under(
      hostEndpoint({ interfaceName: 'eth0', expectedIPs: ['192.168.0.1'], profiles: ['open'] }),
      profile,
      policy({
        selector: "app == 'db'",
        ingress: [{ action: 'Allow', source: { selector: "of == 'open'" } }],
      }),
    );
    expect(ask('node-1 -> shop/db TCP/80').allowed).toBe(true);
    expect(ask('shop/web -> shop/db TCP/80').allowed).toBe(false);
  });
});

describe('what a node forwards', () => {
  const forwarding = (spec: object, interfaceName = 'eth0') =>
    under(
      hostEndpoint({ interfaceName, profiles: ['open'] }),
      profile,
      policy({ applyOnForward: true, ...spec }),
    );

  it('is asked of policies that apply on forward alone', () => {
    const local = under(
      hostEndpoint({ interfaceName: 'eth0', profiles: ['open'] }),
      profile,
      policy({ ingress: denyTcp }),
    );
    expect(local('shop/db -> shop/web TCP/80').allowed).toBe(true);
    const ask = forwarding({ ingress: denyTcp });
    const verdict = ask('shop/db -> shop/web TCP/80');
    expect(verdict.allowed).toBe(false);
    expect(formatVerdict(verdict)).toBe(`denied
  egress   allowed: no policy isolates the source for egress
  ingress  denied at node-1 (HostEndpoint h): by Calico GlobalNetworkPolicy p ingress[0], tier default
  ingress  allowed: no policy isolates the destination for ingress`);
    expect(ask('shop/web -> shop/db TCP/80').allowed).toBe(true);
    expect(ask('shop/other -> shop/web TCP/80').allowed).toBe(true);
    expect(ask(`${out} -> node-1 TCP/80`).allowed).toBe(false);
  });

  it('is what no rule lets pass denied too, and no failsafe helps', () => {
    const ask = forwarding({ egress: allowTcp80, types: ['Egress'] });
    expect(ask(`shop/web -> ${out} TCP/80`).allowed).toBe(true);
    expect(ask(`shop/web -> ${out} UDP/53`).hosts).toMatchObject([
      { node: 'node-1', verdict: { reason: 'denied-by-isolation' } },
    ]);
  });

  it('passes an endpoint for all interfaces where it comes from a pod or goes to one', () => {
    const ask = forwarding({ ingress: denyTcp }, '*');
    expect(ask('shop/other -> shop/web TCP/80').allowed).toBe(false);
    expect(ask('shop/other -> shop/web UDP/80').hosts?.map(({ direction }) => direction)).toEqual([
      'ingress',
      'egress',
    ]);
  });
});

describe('early policies', () => {
  const early = (flags: Partial<Pick<CalicoPolicy, 'doNotTrack'>> & { preDNAT?: boolean }) =>
    under(
      hostEndpoint({ interfaceName: 'eth0' }),
      policy({ applyOnForward: true, ...flags, ingress: [...allowTcp80, ...denyTcp] }, 'early'),
    );

  it.each([{ preDNAT: true }, { doNotTrack: true }])('%j decide before others', (flags) => {
    const ask = early(flags);
    expect(ask(`${out} -> node-1 TCP/80`).ingress).toMatchObject({
      allowed: true,
      rules: [{ policy: { name: 'early' }, index: 0 }],
    });
    expect(ask(`${out} -> node-1 TCP/81`).ingress.reason).toBe('denied-by-rule');
    expect(ask('shop/db -> shop/web TCP/81').allowed).toBe(false);
    // What they leave open is not denied at the end of their tier.
    expect(ask(`${out} -> node-1 UDP/81`).ingress.reason).toBe('no-profile');
    expect(ask('shop/db -> shop/web UDP/81').allowed).toBe(true);
  });

  it('say nothing about pods', () => {
    const ask = under(
      policy({ selector: 'all()', applyOnForward: true, preDNAT: true, ingress: denyTcp }),
    );
    expect(ask('shop/db -> shop/web TCP/80').allowed).toBe(true);
  });
});

describe('the host endpoint of a node', () => {
  const denied = (...endpoints: readonly object[]) => {
    const ask = under(...endpoints, policy({ selector: "host == 'yes'", ingress: denyTcp }));
    return ask(`${out} -> node-1 TCP/80`).ingress;
  };

  it('is the one that names an interface before the one for all, and the first by name', () => {
    const star = hostEndpoint({ interfaceName: '*' }, 'a');
    const eth = hostEndpoint({ interfaceName: 'eth0' }, 'c');
    expect(denied(star, eth).reason).toBe('denied-by-rule');
    const elsewhere = hostEndpoint({ interfaceName: 'eth1', expectedIPs: ['172.16.0.1'] }, 'b');
    expect(denied(elsewhere).reason).toBe('not-policed');
    expect(denied(hostEndpoint({ expectedIPs: ['192.168.0.1'] })).reason).toBe('denied-by-rule');
  });
});
