import type { Cluster } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { createEvaluator } from '../evaluator.ts';
import type { LabelExpression } from '../label-expression.ts';
import { EMPTY_MODEL, type PolicyModel, type Rule } from '../model.ts';
import { flow, testCluster, testPod } from '../test-cluster.ts';
import { compilePolicies } from './compile.ts';

const web: LabelExpression = { kind: 'in', label: 'app', values: ['web'] };
const host: LabelExpression = { kind: 'has', label: 'host' };

/** A host endpoint elsewhere expects the pod's address; both declare a port by the same name. */
const pods = [
  testPod('a/web', '10.0.0.1', { labels: { app: 'web' }, ports: ['http=TCP/81'] }),
  testPod('a/client', '10.0.0.2'),
];
const base = testCluster({ pods });
const cluster: Cluster = {
  ...base,
  calico: {
    ...base.calico,
    hostEndpoints: [
      {
        name: 'other',
        labels: { host: 'yes' },
        node: 'far',
        expectedIps: [parseIp('10.0.0.1')],
        profiles: [],
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      },
    ],
  },
};

const toHttp = (to: Rule['to'], direction: 'ingress' | 'egress'): PolicyModel => {
  const policy = { kind: 'Policy', name: 'p' };
  const rule: Rule = {
    ref: { policy, direction, index: 0 },
    action: 'allow',
    from: 'anyone',
    to,
    traffic: [{ protocol: 6, ports: [{ name: 'http' }] }],
  };
  const subject = direction === 'ingress' ? web : ({ kind: 'not', operand: web } as const);
  return {
    ...EMPTY_MODEL,
    tiers: [
      { name: 't', unmatched: 'deny', policies: [{ ref: policy, subject, [direction]: [rule] }] },
    ],
  };
};

describe.each(['ingress', 'egress'] as const)('a port by its name, %s', (direction) => {
  it.each([
    ['of anyone is that of everything at the address', 'anyone' as const, [true, true]],
    ['of what labels select is not what else is there', [{ labels: web }], [false, true]],
    ["of a host endpoint is not the pod's", [{ labels: host }], [true, false]],
    ['is meant for each of several matches', [{ labels: web }, { labels: host }], [true, true]],
  ])('%s', (_what, to, allowed) => {
    const model = toHttp(to, direction);
    const questions = [80, 81].map((port) => flow(`a/client -> a/web TCP/${port}`));
    const compiled = compilePolicies(cluster, model);
    expect(questions.map(compiled.verdict)).toEqual(allowed);
    const reference = createEvaluator(cluster, model);
    expect(questions.map((each) => reference.verdict(each).allowed)).toEqual(allowed);
  });
});
