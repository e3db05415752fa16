import { parseIp, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { createEvaluator } from './evaluator.ts';
import type { PolicyFlow } from './flow.ts';
import { EVERYTHING, labelIs } from './label-expression.ts';
import { EMPTY_MODEL, type Policy, type Rule } from './model.ts';
import { flow, testCluster, testPod } from './test-cluster.ts';

const cluster = {
  ...testCluster({
    pods: [
      testPod('shop/web', ['10.0.0.1', 'fd00::1'], { ports: ['http=TCP/80'] }),
      testPod('shop/db', ['10.0.0.2', 'fd00::2'], { node: 'node-2' }),
    ],
  }),
  endpointSlices: [
    {
      namespace: 'shop',
      name: 'web-1',
      service: 'web',
      family: 4 as const,
      ports: [{ name: 'http', protocol: 'TCP' as const, port: 8080 }],
      endpoints: [
        {
          addresses: [parseIp('10.0.0.1'), parseIp('203.0.113.9')],
          ready: true,
          serving: true,
          terminating: false,
        },
      ],
    },
  ],
};

const dns = new Map([
  ['www.Example.com.', [parseIp('203.0.113.5')]],
  ['example.com', [parseIp('203.0.113.7')]],
]);

/** Whether db's only egress rule, which allows, matches. */
const matches = (
  match: Partial<Pick<Rule, 'from' | 'to' | 'traffic'>>,
  question: string,
  more: Partial<PolicyFlow> = {},
) => {
  const ref = { kind: 'NetworkPolicy', name: 'p' };
  const rule: Rule = {
    ref: { policy: ref, direction: 'egress', index: 0 },
    action: 'allow',
    from: 'anyone',
    to: 'anyone',
    traffic: 'any',
    ...match,
  };
  const policy: Policy = { ref, subject: labelIs('app', 'db'), egress: [rule] };
  const model = {
    ...EMPTY_MODEL,
    tiers: [{ name: 'default', unmatched: 'deny' as const, policies: [policy] }],
  };
  return createEvaluator(cluster, model, { dns }).verdict({ ...flow(question), ...more }).egress
    .allowed;
};

const toWeb = 'shop/db -> shop/web TCP/80';

describe('an end', () => {
  it('is matched by labels and nets together', () => {
    const web = labelIs('app', 'web');
    expect(matches({ to: [{ labels: web }] }, toWeb)).toBe(true);
    expect(matches({ to: [{ labels: web, nets: [parsePrefix('10.0.0.0/8')] }] }, toWeb)).toBe(true);
    expect(matches({ to: [{ labels: web, nets: [parsePrefix('11.0.0.0/8')] }] }, toWeb)).toBe(
      false,
    );
  });

  it('outside has no labels, so that only what is not selected can be', () => {
    const out = 'shop/db -> 8.8.8.8 TCP/80';
    expect(matches({ to: [{ labels: EVERYTHING }] }, out)).toBe(false);
    expect(matches({ to: [{ notLabels: EVERYTHING }] }, out)).toBe(true);
    expect(matches({ to: [{ notLabels: labelIs('app', 'web') }] }, toWeb)).toBe(false);
  });

  it('is matched at the source as well', () => {
    expect(matches({ from: [{ labels: labelIs('app', 'db') }] }, toWeb)).toBe(true);
    expect(matches({ from: [{ labels: labelIs('app', 'web') }] }, toWeb)).toBe(false);
  });

  it('is a node by the labels of nodes', () => {
    expect(matches({ to: [{ nodes: EVERYTHING }] }, toWeb)).toBe(false);
    expect(matches({ to: [{ nodes: EVERYTHING }] }, 'shop/db -> node-1 TCP/80')).toBe(true);
    expect(matches({ to: [{ nodes: labelIs('os', 'bsd') }] }, 'shop/db -> node-1 TCP/80')).toBe(
      false,
    );
  });

  it('is an endpoint of a Service, with its port', () => {
    const service = { namespace: 'shop', name: 'web' };
    expect(matches({ to: [{ service }] }, toWeb)).toBe(false);
    expect(matches({ to: [{ service }] }, 'shop/db -> shop/web TCP/8080')).toBe(true);
    expect(matches({ to: [{ service }] }, 'shop/db -> shop/web UDP/8080')).toBe(false);
    expect(matches({ to: [{ service }] }, 'shop/db -> 203.0.113.9 TCP/8080')).toBe(true);
    expect(matches({ from: [{ service }] }, toWeb)).toBe(false);
  });

  it('is known by the names that DNS gave its address to', () => {
    const named = (domains: readonly string[], address: string) =>
      matches({ to: [{ domains }] }, `shop/db -> ${address} TCP/443`);
    expect(named(['www.example.com'], '203.0.113.5')).toBe(true);
    expect(named(['*.example.com'], '203.0.113.5')).toBe(true);
    expect(named(['*.example.com'], '203.0.113.7')).toBe(false);
    expect(named(['example.com', 'www.example.com'], '203.0.113.6')).toBe(false);
  });
});

describe('traffic', () => {
  it('is matched by protocol, by the lack of one, and by family', () => {
    expect(matches({ traffic: [{ protocol: 6 }] }, toWeb)).toBe(true);
    expect(matches({ traffic: [{ notProtocol: 6 }] }, toWeb)).toBe(false);
    expect(matches({ traffic: [{ protocol: 47 }] }, toWeb, { protocol: 47 })).toBe(true);
    expect(matches({ traffic: [{ family: 6 }] }, toWeb)).toBe(false);
    expect(matches({ traffic: [{ family: 6 }] }, `${toWeb} v6`)).toBe(true);
  });

  it('is matched by ports on either side', () => {
    expect(matches({ traffic: [{ ports: [{ name: 'http' }] }] }, toWeb)).toBe(true);
    expect(matches({ traffic: [{ notPorts: [{ first: 1, last: 80 }] }] }, toWeb)).toBe(false);
    expect(matches({ traffic: [{ sourcePorts: [{ first: 32768, last: 60999 }] }] }, toWeb)).toBe(
      true,
    );
    const fromLow = { sourcePorts: [{ first: 1, last: 1023 }] };
    expect(matches({ traffic: [fromLow] }, toWeb)).toBe(false);
    expect(matches({ traffic: [fromLow] }, toWeb, { sourcePort: 99 })).toBe(true);
    expect(
      matches({ traffic: [{ ports: [{ first: 0, last: 65535 }] }] }, 'shop/db -> 8.8.8.8 ICMP'),
    ).toBe(false);
  });

  it('is matched by the type and code of ICMP, an echo request unless it says otherwise', () => {
    const ping = 'shop/db -> shop/web ICMP';
    expect(matches({ traffic: [{ protocol: 1, icmp: { type: 8 } }] }, ping)).toBe(true);
    expect(
      matches({ traffic: [{ protocol: 58, icmp: { type: 128, code: 0 } }] }, `${ping} v6`),
    ).toBe(true);
    const unreachable = { icmp: { type: 3, code: 4 } };
    expect(matches({ traffic: [{ icmp: { type: 3, code: 1 } }] }, ping, unreachable)).toBe(false);
    expect(matches({ traffic: [{ icmp: { type: 3 } }] }, ping, unreachable)).toBe(true);
    expect(matches({ traffic: [{ protocol: 1, notIcmp: { type: 8 } }] }, ping)).toBe(false);
  });
});
