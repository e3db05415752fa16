import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '@podpath/cluster';
import { describe, expect, it } from 'vitest';
import { createEvaluator } from './evaluator.ts';
import { PolicyFlowError } from './flow.ts';
import {
  EVERYTHING,
  flow,
  ipBlock,
  labelled,
  testCluster,
  testNamespace,
  testPod,
  testPolicy,
  testRule,
} from './test-cluster.ts';

const namespaces = [
  testNamespace('shop', { team: 'shop' }),
  testNamespace('bank', { team: 'bank' }),
  testNamespace('ops'),
];

const pods = [
  testPod('shop/web', ['10.0.1.1', 'fd00::1:1'], { ports: ['http=TCP/80', 'dns=UDP/53'] }),
  testPod('shop/db', ['10.0.2.1', 'fd00::2:1'], { node: 'node-2', ports: ['http=TCP/8080'] }),
  testPod('bank/web', ['10.0.2.2', 'fd00::2:2'], { node: 'node-2', ports: ['http=TCP/80'] }),
  testPod('ops/agent', '10.0.3.1', { node: 'node-3' }),
  testPod('ops/host', ['192.168.0.3', 'fd01::3'], {
    node: 'node-3',
    hostNetwork: true,
    ports: ['http=TCP/80'],
  }),
];

const under = (...policies: readonly NetworkPolicy[]) => {
  const evaluator = createEvaluator(testCluster({ namespaces, pods, policies }));
  return {
    verdict: (question: string) => evaluator.verdict(flow(question)),
    allows: (question: string) => evaluator.verdict(flow(question)).allowed,
  };
};

const web = labelled({ app: 'web' });

describe('isolation', () => {
  it('allows everything where no policy selects a pod', () => {
    expect(under().verdict('shop/web -> shop/db TCP/8080')).toEqual({
      allowed: true,
      egress: { allowed: true, reason: 'not-isolated' },
      ingress: { allowed: true, reason: 'not-isolated' },
    });
  });

  it('is per direction: a policy of type Ingress leaves egress open', () => {
    const { allows } = under(testPolicy('shop/p', web, { types: ['Ingress'] }));
    expect(allows('bank/web -> shop/web TCP/80')).toBe(false);
    expect(allows('shop/web -> bank/web TCP/80')).toBe(true);
  });

  it('leaves rules of a direction that is not among the types inert', () => {
    const ingressOnly = testPolicy('shop/p', web, { types: ['Ingress'], egress: [testRule()] });
    expect(under(ingressOnly).verdict('shop/web -> bank/web TCP/80').egress.reason).toBe(
      'not-isolated',
    );
    const egressOnly = testPolicy('shop/p', web, { types: ['Egress'], ingress: [testRule()] });
    expect(under(egressOnly).allows('bank/web -> shop/web TCP/80')).toBe(true);
    expect(under(egressOnly).allows('shop/web -> bank/web TCP/80')).toBe(false);
  });

  it('reaches only pods of the namespace of the policy', () => {
    const { allows } = under(testPolicy('shop/p', EVERYTHING));
    expect(allows('bank/web -> shop/db TCP/80')).toBe(false);
    expect(allows('shop/db -> bank/web TCP/80')).toBe(true);
  });

  it('judges each end by its own policies', () => {
    const { verdict } = under(
      testPolicy('shop/out', web, { types: ['Egress'] }),
      testPolicy('bank/in', web, { ingress: [testRule()] }),
    );
    const { allowed, egress, ingress } = verdict('shop/web -> bank/web TCP/80');
    expect([allowed, egress.reason, ingress.reason]).toEqual([
      false,
      'denied-by-isolation',
      'allowed-by-rule',
    ]);
  });

  it('is for all protocols, whatever the rules name', () => {
    const onlySctp = testRule([], [{ protocol: 'SCTP', port: 80 }]);
    const { allows } = under(testPolicy('shop/p', web, { ingress: [onlySctp] }));
    expect(allows('bank/web -> shop/web SCTP/80')).toBe(true);
    expect(allows('bank/web -> shop/web TCP/80')).toBe(false);
    expect(allows('bank/web -> shop/web ICMP')).toBe(false);
  });

  it('adds up: a second policy opens what the first does not', () => {
    const { verdict } = under(
      testPolicy('shop/b', web, { ingress: [testRule([{ namespaceSelector: EVERYTHING }])] }),
      testPolicy('shop/a', web, { ingress: [testRule(), testRule([], [{ protocol: 'UDP' }])] }),
    );
    const { ingress } = verdict('bank/web -> shop/web TCP/80');
    expect(ingress).toEqual({
      allowed: true,
      reason: 'allowed-by-rule',
      tier: 'NetworkPolicy',
      rules: [
        {
          policy: { kind: 'NetworkPolicy', namespace: 'shop', name: 'a' },
          direction: 'ingress',
          index: 0,
        },
        {
          policy: { kind: 'NetworkPolicy', namespace: 'shop', name: 'b' },
          direction: 'ingress',
          index: 0,
        },
      ],
      isolatedBy: [
        { kind: 'NetworkPolicy', namespace: 'shop', name: 'a' },
        { kind: 'NetworkPolicy', namespace: 'shop', name: 'b' },
      ],
    });
  });

  it('names every policy that isolates when none allows', () => {
    const { verdict } = under(testPolicy('shop/one', web), testPolicy('shop/two', EVERYTHING));
    expect(verdict('bank/web -> shop/web TCP/80').ingress).toEqual({
      allowed: false,
      reason: 'denied-by-isolation',
      tier: 'NetworkPolicy',
      isolatedBy: [
        { kind: 'NetworkPolicy', namespace: 'shop', name: 'one' },
        { kind: 'NetworkPolicy', namespace: 'shop', name: 'two' },
      ],
    });
  });
});

describe('peers', () => {
  const ingressFrom = (...peers: readonly NetworkPolicyPeer[]) =>
    under(testPolicy('shop/p', web, { ingress: [testRule(peers)] }));

  it('podSelector alone looks in the namespace of the policy', () => {
    const { allows } = ingressFrom({ podSelector: EVERYTHING });
    expect(allows('shop/db -> shop/web TCP/80')).toBe(true);
    expect(allows('bank/web -> shop/web TCP/80')).toBe(false);
    expect(allows('8.8.8.8 -> shop/web TCP/80')).toBe(false);
  });

  it('namespaceSelector alone takes every pod of the namespaces', () => {
    const { allows } = ingressFrom({ namespaceSelector: labelled({ team: 'bank' }) });
    expect(allows('bank/web -> shop/web TCP/80')).toBe(true);
    expect(allows('shop/db -> shop/web TCP/80')).toBe(false);
  });

  it('both in one peer have to hold, in two peers one is enough', () => {
    const namespaceSelector = labelled({ team: 'bank' });
    const podSelector = labelled({ app: 'db' });
    expect(
      ingressFrom({ namespaceSelector, podSelector }).allows('shop/db -> shop/web TCP/80'),
    ).toBe(false);
    const either = ingressFrom({ namespaceSelector }, { podSelector });
    expect(either.allows('shop/db -> shop/web TCP/80')).toBe(true);
    expect(either.allows('bank/web -> shop/web TCP/80')).toBe(true);
  });

  it('every namespace is not every address', () => {
    const { allows } = ingressFrom({ namespaceSelector: EVERYTHING });
    expect(allows('ops/agent -> shop/web TCP/80')).toBe(true);
    expect(allows('8.8.8.8 -> shop/web TCP/80')).toBe(false);
    expect(allows('node-2 -> shop/web TCP/80')).toBe(false);
    expect(allows('ops/host -> shop/web TCP/80')).toBe(false);
  });

  it('no peers are anyone at all', () => {
    const { allows } = ingressFrom();
    for (const from of ['8.8.8.8', 'node-2', 'ops/host', 'ops/agent']) {
      expect(allows(`${from} -> shop/web TCP/80`)).toBe(true);
    }
  });

  it('ipBlock matches outside, node and pod addresses', () => {
    const { allows } = ingressFrom(
      ipBlock('10.0.2.0/24'),
      ipBlock('192.168.0.2/32'),
      ipBlock('8.8.0.0/16'),
    );
    expect(allows('shop/db -> shop/web TCP/80')).toBe(true);
    expect(allows('ops/agent -> shop/web TCP/80')).toBe(false);
    expect(allows('node-2 -> shop/web TCP/80')).toBe(true);
    expect(allows('8.8.8.8 -> shop/web TCP/80')).toBe(true);
  });

  it('except takes from its own cidr only', () => {
    const hole = ipBlock('10.0.0.0/8', '10.0.2.0/24', '10.0.3.0/24');
    expect(ingressFrom(hole).allows('shop/db -> shop/web TCP/80')).toBe(false);
    expect(ingressFrom(hole).allows('10.1.1.1 -> shop/web TCP/80')).toBe(true);
    const { allows } = ingressFrom(hole, { podSelector: EVERYTHING });
    expect(allows('shop/db -> shop/web TCP/80')).toBe(true);
    expect(allows('ops/agent -> shop/web TCP/80')).toBe(false);
  });

  it('ipBlock is of one family, selectors are of both', () => {
    const all4 = ingressFrom(ipBlock('0.0.0.0/0'));
    expect(all4.allows('shop/db -> shop/web TCP/80')).toBe(true);
    expect(all4.allows('shop/db -> shop/web TCP/80 v6')).toBe(false);
    const selector = ingressFrom({ podSelector: EVERYTHING });
    expect(selector.allows('shop/db -> shop/web TCP/80 v6')).toBe(true);
  });

  it("a pod's address means the pod", () => {
    const { allows } = ingressFrom({ podSelector: labelled({ app: 'db' }) });
    expect(allows('10.0.2.1 -> shop/web TCP/80')).toBe(true);
    expect(allows('fd00::2:1 -> shop/web TCP/80')).toBe(true);
    expect(allows('10.0.2.2 -> shop/web TCP/80')).toBe(false);
    expect(allows('bank/web -> 10.0.1.1 TCP/80')).toBe(false);
  });

  it('finished pods are no peers any more, their address may be anybody', () => {
    const done = testPod('shop/job', '10.0.9.9', { phase: 'Succeeded' });
    const policy = testPolicy('shop/p', web, {
      ingress: [testRule([{ podSelector: EVERYTHING }])],
    });
    const cluster = testCluster({ namespaces, pods: [...pods, done], policies: [policy] });
    const evaluator = createEvaluator(cluster);
    expect(evaluator.verdict(flow('10.0.9.9 -> shop/web TCP/80')).allowed).toBe(false);
    expect(() => evaluator.verdict(flow('shop/job -> shop/web TCP/80'))).toThrow(
      'from: pod shop/job has finished (Succeeded) and has no address any more',
    );
  });
});

describe('ports', () => {
  const ingressOn = (...ports: readonly NetworkPolicyPort[]) =>
    under(testPolicy('shop/p', EVERYTHING, { ingress: [testRule([], ports)] }));
  const egressOn = (...ports: readonly NetworkPolicyPort[]) =>
    under(testPolicy('shop/p', EVERYTHING, { types: ['Egress'], egress: [testRule([], ports)] }));

  it('no ports are every port and protocol, ICMP included', () => {
    const { allows } = ingressOn();
    for (const what of ['TCP/1', 'UDP/65535', 'SCTP/80', 'ICMP']) {
      expect(allows(`bank/web -> shop/web ${what}`)).toBe(true);
    }
  });

  it('a protocol without a port is every port of it, and no ICMP', () => {
    const { allows } = ingressOn({ protocol: 'TCP' });
    expect(allows('bank/web -> shop/web TCP/1')).toBe(true);
    expect(allows('bank/web -> shop/web UDP/53')).toBe(false);
    expect(allows('bank/web -> shop/web ICMP')).toBe(false);
  });

  it('a number need not be declared by any container', () => {
    const { allows } = ingressOn({ protocol: 'TCP', port: 9999 });
    expect(allows('bank/web -> shop/web TCP/9999')).toBe(true);
    expect(allows('bank/web -> shop/web UDP/9999')).toBe(false);
    expect(allows('bank/web -> shop/web TCP/80')).toBe(false);
  });

  it.each([
    [79, false],
    [80, true],
    [85, true],
    [90, true],
    [91, false],
  ])('port 80 endPort 90 on %i: %s', (port, expected) => {
    const { allows } = ingressOn({ protocol: 'TCP', port: 80, endPort: 90 });
    expect(allows(`bank/web -> shop/web TCP/${port}`)).toBe(expected);
  });

  it('a name in an ingress rule is looked up in the selected pod', () => {
    const { allows } = ingressOn({ protocol: 'TCP', port: 'http' });
    expect(allows('bank/web -> shop/web TCP/80')).toBe(true);
    expect(allows('bank/web -> shop/web TCP/8080')).toBe(false);
    expect(allows('bank/web -> shop/db TCP/8080')).toBe(true);
  });

  it('a name in an egress rule is looked up in each peer', () => {
    const { allows } = egressOn({ protocol: 'TCP', port: 'http' });
    expect(allows('shop/web -> bank/web TCP/80')).toBe(true);
    expect(allows('shop/web -> bank/web TCP/8080')).toBe(false);
    expect(allows('shop/web -> shop/db TCP/8080')).toBe(true);
    expect(allows('shop/web -> ops/agent TCP/80')).toBe(false);
  });

  it('a name counts only with its protocol', () => {
    expect(ingressOn({ protocol: 'TCP', port: 'dns' }).allows('bank/web -> shop/web TCP/53')).toBe(
      false,
    );
    expect(ingressOn({ protocol: 'TCP', port: 'dns' }).allows('bank/web -> shop/web UDP/53')).toBe(
      false,
    );
    expect(ingressOn({ protocol: 'UDP', port: 'dns' }).allows('bank/web -> shop/web UDP/53')).toBe(
      true,
    );
  });

  it('a name never means a node, a host-network pod or an outside address', () => {
    const { allows } = egressOn({ protocol: 'TCP', port: 'http' });
    for (const to of ['8.8.8.8', 'node-2', 'ops/host']) {
      expect(allows(`shop/web -> ${to} TCP/80`)).toBe(false);
    }
  });
});

describe('ends that are not ordinary', () => {
  const denyAll = ['shop', 'bank', 'ops'].map((namespace) =>
    testPolicy(`${namespace}/deny`, EVERYTHING, { types: ['Ingress', 'Egress'] }),
  );
  const { verdict, allows } = under(...denyAll);
  const reasons = (question: string) => {
    const { egress, ingress } = verdict(question);
    return [egress.reason, ingress.reason];
  };

  it('a node always reaches its own pods, other nodes do not', () => {
    expect(reasons('node-1 -> shop/web TCP/80')).toEqual(['not-policed', 'exempt']);
    expect(reasons('192.168.0.1 -> shop/web TCP/80')).toEqual(['not-policed', 'exempt']);
    expect(reasons('node-2 -> shop/web TCP/80')).toEqual(['not-policed', 'denied-by-isolation']);
  });

  it('a pod always reaches its own node, not others', () => {
    expect(reasons('shop/web -> node-1 TCP/22')).toEqual(['exempt', 'not-policed']);
    expect(reasons('shop/web -> node-2 TCP/22')).toEqual(['denied-by-isolation', 'not-policed']);
  });

  it('a pod always reaches itself, by any of its addresses', () => {
    expect(reasons('shop/web -> shop/web TCP/80')).toEqual(['exempt', 'exempt']);
    expect(reasons('shop/web -> fd00::1:1 TCP/80')).toEqual(['exempt', 'exempt']);
  });

  it('a host-network pod counts as its node', () => {
    expect(reasons('ops/host -> ops/agent TCP/80')).toEqual(['not-policed', 'exempt']);
    expect(reasons('ops/host -> shop/web TCP/80')).toEqual(['not-policed', 'denied-by-isolation']);
    expect(allows('8.8.8.8 -> ops/host TCP/80')).toBe(true);
    expect(allows('ops/host -> 8.8.8.8 TCP/80')).toBe(true);
  });

  it('outside addresses are not policed', () => {
    expect(reasons('8.8.8.8 -> node-1 TCP/80')).toEqual(['not-policed', 'not-policed']);
    expect(reasons('8.8.8.8 -> shop/web TCP/80')).toEqual(['not-policed', 'denied-by-isolation']);
  });
});

describe('flows that cannot exist', () => {
  it.each([
    ['shop/nobody -> shop/web TCP/80', 'unknown-pod', 'from: there is no pod shop/nobody'],
    ['shop/web -> node-9 TCP/80', 'unknown-node', 'to: there is no node node-9'],
    [
      'ops/agent -> fd00::1:1 TCP/80',
      'no-family',
      'family: no family in common: the source has 10.0.3.1, the destination fd00::1:1',
    ],
    [
      'ops/agent -> shop/web TCP/80 v6',
      'no-family',
      'family: no IPv6 address at both ends: the source has 10.0.3.1, the destination 10.0.1.1, fd00::1:1',
    ],
  ])('%s', (question, code, message) => {
    const error = catchError(() => under().verdict(question));
    expect(error).toBeInstanceOf(PolicyFlowError);
    expect(error).toMatchObject({ code, message });
  });
});

const catchError = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('families', () => {
  it('dials the first address of the destination that the source can dial', () => {
    const v6First = testPod('shop/six', ['fd00::9:9', '10.0.9.9']);
    const policy = testPolicy('shop/p', labelled({ app: 'six' }), {
      ingress: [testRule([ipBlock('fd00::/16')])],
    });
    const evaluator = createEvaluator(
      testCluster({ namespaces, pods: [...pods, v6First], policies: [policy] }),
    );
    expect(evaluator.verdict(flow('shop/web -> shop/six TCP/80')).allowed).toBe(true);
    expect(evaluator.verdict(flow('ops/agent -> shop/six TCP/80')).allowed).toBe(false);
  });
});
