import { parseIp } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from './cluster-from-objects.ts';
import { FlowEndError, formatFlowEnd, parseFlowEnd } from './flow-end.ts';
import { node, pod, service, workload } from './test-objects.ts';

const cluster = clusterFromObjects([
  node('alpha'),
  pod('default/toolbox'),
  pod('node/alpha'),
  workload('Deployment', 'shop/frontend', { replicas: 2 }),
  workload('StatefulSet', 'data/orders-db', { replicas: 2 }),
  service('shop/frontend', {}),
  service('default/gateway', {}),
]);

const parse = (text: string) => parseFlowEnd(text, cluster);

const messageOf = (text: string): string => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof FlowEndError) return error.message;
    throw error;
  }
  return 'no error';
};

describe('parseFlowEnd', () => {
  test.each([
    ['data/orders-db-1', 'data/orders-db-1'],
    ['data/orders-db', 'data/orders-db-0'],
    ['toolbox', 'default/toolbox'],
    ['pod:toolbox', 'default/toolbox'],
    ['pod/data/orders-db-0', 'data/orders-db-0'],
    ['svc:shop/frontend', 'svc:shop/frontend'],
    ['service/shop/frontend', 'svc:shop/frontend'],
    ['svc:gateway', 'svc:default/gateway'],
    ['node:alpha', 'node:alpha'],
    ['ip:192.0.2.1', 'ip:192.0.2.1'],
    [' 192.0.2.1 ', 'ip:192.0.2.1'],
    ['fd00::1', 'ip:fd00::1'],
    ['ip:fd00::1', 'ip:fd00::1'],
    ['node/alpha', 'node/alpha'],
  ])('%s is %s', (text, expected) => {
    expect(formatFlowEnd(parse(text))).toBe(expected);
  });

  test('a workload is its first pod', () => {
    const first = [...cluster.pods.values()].find(({ owner }) => owner.name === 'frontend');
    expect(parse('shop/frontend')).toEqual({ kind: 'pod', namespace: 'shop', name: first?.name });
  });

  test('names without namespace are looked up in the one given', () => {
    expect(formatFlowEnd(parseFlowEnd('orders-db', cluster, 'data'))).toBe('data/orders-db-0');
  });

  test.each([
    [
      'shop/frontent',
      '"shop/frontent": there is no such pod or workload; did you mean shop/frontend',
    ],
    ['frontend', '"frontend": there is no such pod or workload; did you mean shop/frontend'],
    ['order-db', '"order-db": there is no such pod or workload; did you mean data/orders-db'],
    ['gatewya', '"gatewya": there is no such pod or workload; did you mean svc:default/gateway?'],
    [
      'svc:shop/frontnd',
      '"svc:shop/frontnd": there is no such Service; did you mean svc:shop/frontend?',
    ],
    ['node:alpa', '"node:alpa": there is no such node; did you mean node:alpha?'],
    ['ip:192.0.2', '"ip:192.0.2": this is no IP address; expected NAMESPACE/POD'],
    ['', '"": there is no such pod or workload; expected NAMESPACE/POD'],
  ])('%j: %s', (text, expected) => {
    expect(messageOf(text)).toContain(expected);
  });

  test('reads what formatFlowEnd writes', () => {
    for (const { namespace, name } of cluster.pods.values()) {
      const end = { kind: 'pod', namespace, name } as const;
      expect(parse(formatFlowEnd(end))).toEqual(end);
    }
    const address = { kind: 'address', address: parseIp('fd00::7') } as const;
    expect(parse(formatFlowEnd(address))).toEqual(address);
  });

  test('any text is an end or an error that names it', () => {
    const piece = fc.constantFrom(
      'svc:',
      'node:',
      'ip:',
      'pod/',
      'shop',
      '/',
      'frontend',
      '10.0.0.1',
      ':',
    );
    const text = fc
      .array(fc.oneof(piece, fc.string({ maxLength: 3 })))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (some) => {
        try {
          const end = parse(some);
          expect(parse(formatFlowEnd(end))).toEqual(end);
        } catch (error) {
          expect(error).toBeInstanceOf(FlowEndError);
          expect(error instanceof FlowEndError && error.text).toBe(some);
        }
      }),
    );
  });
});
