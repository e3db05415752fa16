import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostVethName, workloadEndpointName } from './workload-names.ts';

describe('hostVethName', () => {
  it.each([
    ['default', 'podA', 'cali7f94ce7c295'],
    ['default', 'podB', 'cali92cf1f5e9f6'],
    ['prod', 'web-0', 'caliaa960f0d82e'],
    ['kube-system', 'coredns-5d78c9869d-abcde', 'cali4d5f75c480c'],
  ])('%s/%s is %s', (namespace, pod, name) => {
    expect(hostVethName(namespace, pod)).toBe(name);
  });

  it('uses the first of several prefixes', () => {
    expect(hostVethName('namespace', 'podname', 'eni,veth,foo')).toBe('eni82111e10a96');
  });

  it('always fits into the 15 characters of an interface name', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (namespace, pod) => {
        expect(hostVethName(namespace, pod)).toMatch(/^cali[0-9a-f]{11}$/);
      }),
    );
  });
});

describe('workloadEndpointName', () => {
  it('doubles the dashes of its parts', () => {
    expect(workloadEndpointName('node', 'pod-name')).toBe('node-k8s-pod--name-eth0');
    expect(workloadEndpointName('a-b', 'c')).toBe('a--b-k8s-c-eth0');
  });
});
