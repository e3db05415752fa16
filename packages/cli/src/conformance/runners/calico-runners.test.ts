import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CaseResult, Runner } from '../runner.ts';
import { calicoConversionRunner } from './calico-conversion.ts';
import { calicoNamesRunner } from './calico-names.ts';
import { calicoRulesRunner } from './calico-rules.ts';
import { calicoSelectorsRunner } from './calico-selectors.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'podpath-calico-vectors-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs vectors of our own, and gives each case's end: its outcome, and why where there is a reason. */
const outcomes = async (runner: Runner, name: string, content: unknown) => {
  expect(runner.accepts(name)).toBe(true);
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(content));
  const ends: string[] = [];
  for await (const result of runner.run({ name, path })) ends.push(endOf(result));
  return ends;
};

const endOf = (result: CaseResult): string =>
  result.outcome === 'not-supported' ? `not supported: ${result.reason}` : result.outcome;

describe('names', () => {
  it('pass when podpath gives them, and fail when it gives others', async () => {
    const ends = await outcomes(calicoNamesRunner, 'calico-names.json', {
      veth: [
        { namespace: 'default', pod: 'podA', name: 'cali7f94ce7c295' },
        { namespace: 'default', pod: 'podA', name: 'cali00000000000' },
      ],
      lengthLimitedId: [{ prefix: 'felix', suffix: 'toolong', max: 6, error: true }],
      chainNames: [
        { table: 'iptables', prefix: 'cali-pro-', profile: 'kns.a', chain: 'cali-pro-kns.a' },
        { table: 'nftables', prefix: 'cali-pro-', profile: 'kns.a', chain: 'cali-pro-kns.a' },
        { table: 'iptables', prefix: 'cali-pi-', policy: { kind: 'Other' }, chain: 'x' },
      ],
    });
    expect(ends).toEqual([
      'passed',
      'failed',
      'passed',
      'passed',
      'not supported: chains of nftables',
      'failed',
    ]);
  });
});

describe('selectors', () => {
  it('are matched, refused and printed', async () => {
    const ends = await outcomes(calicoSelectorsRunner, 'calico-selectors.json', {
      cases: [
        { expr: 'has(a)', labels: { a: '' }, match: true },
        { expr: 'has(a)', labels: {}, match: true },
      ],
      invalid: ['a ==', 'all()'],
      canonical: [{ expr: 'a=="b"', canonical: 'a == "b"' }],
    });
    expect(ends).toEqual(['passed', 'failed', 'passed', 'failed', 'passed']);
  });
});

describe('conversion', () => {
  it('compares whole resources but for the UID', async () => {
    const metadata = { name: 'p', namespace: 'n' };
    const expected = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'NetworkPolicy',
      metadata: { ...metadata, uid: 'whatever' },
      spec: {
        order: 1000,
        tier: 'default',
        selector: "projectcalico.org/orchestrator == 'k8s'",
        types: ['Ingress'],
        ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [80] } }],
      },
    };
    const input = { metadata, spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] } };
    const ends = await outcomes(calicoConversionRunner, 'calico-conversion.json', {
      cases: [
        { name: 'same', kind: 'NetworkPolicy', input, expected },
        { name: 'other', kind: 'NetworkPolicy', input: { metadata, spec: {} }, expected },
        { name: 'pod', kind: 'Pod', input, expected },
      ],
      portSimplification: [{ in: '2,1', out: '1:2' }],
    });
    expect(ends).toEqual([
      'passed',
      'failed',
      'not supported: conversion of Pod objects',
      'passed',
    ]);
  });
});

describe('rules', () => {
  it('compares the text of rules and of whole chains', async () => {
    const dispatch = {
      fn: 'WorkloadDispatchChains',
      args: [[{ value: { Name: 'cali1' } }]],
    };
    const unknown = { match: '', action: '--jump DROP', comment: ['Unknown interface'] };
    const chain = (name: string, option: string, target: string) => ({
      name,
      rules: [{ match: `${option} cali1`, action: `--goto ${target}` }, unknown],
    });
    const expected = [
      chain('cali-from-wl-dispatch', '--in-interface', 'cali-fw-cali1'),
      chain('cali-to-wl-dispatch', '--out-interface', 'cali-tw-cali1'),
    ];
    const ends = await outcomes(calicoRulesRunner, 'calico-rules.json', {
      matchRules: [
        {
          name: 'net',
          ipVersion: 4,
          rule: { srcNet: ['10.0.0.0/8'] },
          expectedMatch: '--source 10.0.0.0/8',
        },
      ],
      filtered: [{ name: 'odd', ipVersion: 4, rule: { colour: 'red' }, expected: [] }],
      chains: [
        { test: 'dispatch', config: {}, call: dispatch, expected },
        { test: 'broken', config: { MarkAccept: 'no number' }, call: dispatch, expected },
        { test: 'host', config: {}, call: { fn: 'HostDispatchChains', args: [] }, expected: [] },
        { test: 'new', config: {}, call: { fn: 'SomethingElse', args: [] }, expected: [] },
      ],
    });
    expect(ends).toEqual([
      'passed',
      'not supported: rules such as {"colour":"red"}',
      'passed',
      'failed',
      'not supported: host endpoints',
      'not supported: SomethingElse',
    ]);
  });
});
