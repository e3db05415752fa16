import { clusterFromObjects } from '@podpath/cluster';
import { describe, expect, it } from 'vitest';
import { createEvaluator } from './evaluator.ts';
import type { PolicyFlow } from './flow.ts';
import { flow } from './test-cluster.ts';
import { type TranslationOptions, translatePolicies } from './translate-policies.ts';

const CALICO = 'projectcalico.org/v3';

const object = (kind: string, name: string, spec: object, more: object = {}) => ({
  apiVersion: CALICO,
  kind,
  metadata: { name, ...more },
  spec,
});

const pod = (id: string, podIP: string, serviceAccountName?: string) => {
  const [namespace = '', name = ''] = id.split('/');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      nodeName: name === 'web' ? 'n1' : 'n2',
      ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 80 }] }],
    },
    status: { podIP },
  };
};

const base = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'a' } } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bank', labels: { team: 'b' } } },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'buyer', namespace: 'shop', labels: { role: 'buys' } },
  },
  pod('shop/web', '10.0.0.1', 'buyer'),
  pod('shop/db', '10.0.0.2'),
  pod('bank/web', '10.0.1.1'),
  object('GlobalNetworkSet', 'bad', { nets: ['198.51.100.0/24'] }, { labels: { role: 'bad' } }),
  object(
    'NetworkSet',
    'near',
    { nets: ['203.0.113.0/24'] },
    { namespace: 'shop', labels: { role: 'near' } },
  ),
];

const under = (objects: readonly object[], options: TranslationOptions = {}) => {
  const cluster = clusterFromObjects([...base, ...objects]);
  const evaluator = createEvaluator(cluster, translatePolicies(cluster, options));
  return (question: string, more: Partial<PolicyFlow> = {}) =>
    evaluator.verdict({ ...flow(question), ...more });
};

/** Whether ingress to shop/db is allowed when this is the only rule, of a policy of its namespace. */
const admits = (rule: object, question: string, more: Partial<PolicyFlow> = {}) =>
  under([
    object(
      'NetworkPolicy',
      'p',
      { selector: "app == 'db'", ingress: [rule] },
      { namespace: 'shop' },
    ),
  ])(question, more).ingress.allowed;

describe('rules of Calico', () => {
  const fromShop = 'shop/web -> shop/db TCP/80';
  const fromBank = 'bank/web -> shop/db TCP/80';

  it('keep selectors of a namespaced policy in its namespace unless they say otherwise', () => {
    const rule = { action: 'Allow', source: { selector: "app == 'web'" } };
    expect(admits(rule, fromShop)).toBe(true);
    expect(admits(rule, fromBank)).toBe(false);
    const anywhere = {
      action: 'Allow',
      source: { namespaceSelector: 'all()', selector: "app == 'web'" },
    };
    expect(admits(anywhere, fromBank)).toBe(true);
    const team = { action: 'Allow', source: { namespaceSelector: "team == 'b'" } };
    expect([admits(team, fromShop), admits(team, fromBank)]).toEqual([false, true]);
  });

  it('find network sets by labels, those without a namespace by global() alone', () => {
    const near = { action: 'Allow', source: { selector: "role == 'near'" } };
    expect(admits(near, '203.0.113.9 -> shop/db TCP/80')).toBe(true);
    expect(admits(near, '203.0.112.9 -> shop/db TCP/80')).toBe(false);
    const bad = (more: object) => ({
      action: 'Allow',
      source: { selector: "role == 'bad'", ...more },
    });
    expect(admits(bad({}), '198.51.100.7 -> shop/db TCP/80')).toBe(false);
    expect(admits(bad({ namespaceSelector: 'global()' }), '198.51.100.7 -> shop/db TCP/80')).toBe(
      true,
    );
  });

  it('exclude nets, ports, protocols and what a selector matches', () => {
    expect(admits({ action: 'Allow', source: { notNets: ['10.0.0.0/24'] } }, fromShop)).toBe(false);
    expect(admits({ action: 'Allow', source: { notNets: ['10.0.0.0/24'] } }, fromBank)).toBe(true);
    const notHttp = { action: 'Allow', protocol: 'TCP', destination: { notPorts: ['http', 443] } };
    expect(admits(notHttp, fromShop)).toBe(false);
    expect(admits(notHttp, 'shop/web -> shop/db TCP/81')).toBe(true);
    expect(admits({ action: 'Allow', notProtocol: 'TCP' }, fromShop)).toBe(false);
    expect(admits({ action: 'Allow', notProtocol: 17 }, fromShop)).toBe(true);
    const global = object('GlobalNetworkPolicy', 'p', {
      selector: "app == 'db'",
      ingress: [{ action: 'Allow', source: { notSelector: "role == 'bad'" } }],
    });
    expect(under([global])('8.8.8.8 -> shop/db TCP/80').allowed).toBe(true);
    expect(under([global])('198.51.100.1 -> shop/db TCP/80').allowed).toBe(false);
  });

  it('know service accounts by name and label', () => {
    const named = { action: 'Allow', source: { serviceAccounts: { names: ['buyer'] } } };
    expect(admits(named, fromShop)).toBe(true);
    expect(admits(named, fromBank)).toBe(false);
    const labelled = {
      action: 'Allow',
      source: { serviceAccounts: { selector: "role == 'buys'" } },
    };
    expect(admits(labelled, fromShop)).toBe(true);
  });

  it('match ICMP by type and code, source ports, and one family', () => {
    const ping = { action: 'Allow', protocol: 'ICMP', icmp: { type: 8 } };
    expect(admits(ping, 'shop/web -> shop/db ICMP')).toBe(true);
    expect(admits(ping, 'shop/web -> shop/db ICMP', { icmp: { type: 13, code: 0 } })).toBe(false);
    expect(
      admits({ ...ping, icmp: undefined, notICMP: { type: 8 } }, 'shop/web -> shop/db ICMP'),
    ).toBe(false);
    const low = { action: 'Allow', protocol: 'TCP', source: { ports: ['1:1023'] } };
    expect(admits(low, fromShop)).toBe(false);
    expect(admits(low, fromShop, { sourcePort: 1000 })).toBe(true);
    expect(admits({ action: 'Allow', ipVersion: 6 }, fromShop)).toBe(false);
    expect(admits({ action: 'Allow', source: { notNets: ['fd00::/8'] } }, fromShop)).toBe(false);
    expect(admits({ action: 'Allow', protocol: 47 }, fromShop, { protocol: 47 })).toBe(true);
  });

  it('take the first that decides; logging decides nothing', () => {
    const ask = under([
      object('GlobalNetworkPolicy', 'p', {
        selector: "app == 'db'",
        ingress: [
          { action: 'Log' },
          { action: 'Deny', source: { selector: "app == 'web'" } },
          { action: 'Allow' },
        ],
      }),
    ]);
    expect(ask(fromShop).ingress).toMatchObject({ reason: 'denied-by-rule', rule: { index: 1 } });
    expect(ask('8.8.8.8 -> shop/db TCP/80').ingress).toMatchObject({ rules: [{ index: 2 }] });
  });
});

describe('tiers of Calico', () => {
  const tier = (name: string, spec: object) => object('Tier', name, spec);
  const policy = (name: string, spec: object) =>
    object('GlobalNetworkPolicy', name, { selector: "app == 'db'", ...spec });
  const ask = (...objects: readonly object[]) =>
    under(objects)('bank/web -> shop/db TCP/80').ingress;
  const network = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'np', namespace: 'shop' },
    spec: { podSelector: {}, ingress: [{}] },
  };

  it('come by order, and end as they say', () => {
    const first = tier('first', { order: 10 });
    const closed = policy('closed', { tier: 'first', ingress: [] });
    expect(ask(first, closed, network)).toMatchObject({
      reason: 'denied-by-isolation',
      tier: 'first',
      isolatedBy: [{ kind: 'GlobalNetworkPolicy', apiGroup: 'projectcalico.org', name: 'closed' }],
    });
    const passing = tier('first', { order: 10, defaultAction: 'Pass' });
    expect(ask(passing, closed, network)).toMatchObject({
      reason: 'allowed-by-rule',
      tier: 'default',
    });
    const late = tier('late', {});
    expect(ask(late, policy('late', { tier: 'late', ingress: [] }), network)).toMatchObject({
      tier: 'default',
    });
  });

  it('hold NetworkPolicies at order 1000 of the default tier', () => {
    const deny = { ingress: [{ action: 'Deny' }] };
    expect(ask(network, policy('a', { order: 999, ...deny })).reason).toBe('denied-by-rule');
    expect(ask(network, policy('z', { order: 1001, ...deny })).reason).toBe('allowed-by-rule');
    expect(ask(network, policy('a', deny)).reason).toBe('allowed-by-rule');
  });

  it('are what Pass leaves, and after the last a pod is open', () => {
    const pass = policy('pass', { ingress: [{ action: 'Pass' }] });
    expect(ask(pass)).toMatchObject({
      reason: 'not-isolated',
      passed: [{ policy: { name: 'pass' } }],
    });
  });

  it('default the directions of a policy from its rules', () => {
    const ingressOf = (spec: object) => ask(policy('p', spec)).reason;
    expect(ingressOf({})).toBe('denied-by-isolation');
    expect(ingressOf({ egress: [{ action: 'Allow' }] })).toBe('not-isolated');
    expect(ingressOf({ egress: [{ action: 'Allow' }], ingress: [{ action: 'Deny' }] })).toBe(
      'denied-by-rule',
    );
  });
});

describe('staged policies', () => {
  const staged = (spec: object) => [
    object(
      'NetworkPolicy',
      'p',
      { selector: "app == 'db'", ingress: [{ action: 'Allow' }] },
      { namespace: 'shop' },
    ),
    object('StagedNetworkPolicy', 'p', spec, { namespace: 'shop' }),
  ];
  const ingress = (objects: readonly object[], options: TranslationOptions = {}) =>
    under(objects, options)('bank/web -> shop/db TCP/80').ingress.reason;

  it('do nothing, unless one asks what they would do', () => {
    const set = staged({ stagedAction: 'Set', selector: 'all()', ingress: [{ action: 'Deny' }] });
    expect(ingress(set)).toBe('allowed-by-rule');
    expect(ingress(set, { staged: 'enforced' })).toBe('denied-by-rule');
    expect(ingress(staged({ stagedAction: 'Delete' }), { staged: 'enforced' })).toBe(
      'not-isolated',
    );
    expect(ingress(staged({ stagedAction: 'Ignore' }), { staged: 'enforced' })).toBe(
      'allowed-by-rule',
    );
    const kubernetes = [
      object('StagedKubernetesNetworkPolicy', 'k', { podSelector: {} }, { namespace: 'shop' }),
    ];
    expect(ingress(kubernetes)).toBe('not-isolated');
    expect(ingress(kubernetes, { staged: 'enforced' })).toBe('denied-by-isolation');
  });
});
