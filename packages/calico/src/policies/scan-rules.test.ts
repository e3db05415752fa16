import { describe, expect, it } from 'vitest';
import { namedPortIpsetId, selectorIpsetId } from '../names/ipset-names.ts';
import type { CalicoRule } from './calico-policy.ts';
import { scanRule } from './scan-rules.ts';

const rule = (parts: Partial<CalicoRule>): CalicoRule => ({
  action: 'Allow',
  source: {},
  destination: {},
  ...parts,
});
const WEB = '(projectcalico.org/namespace == "prod" && app == "web")';

describe('scanRule', () => {
  it('turns a selector into the set of what it matches', () => {
    const scanned = scanRule(rule({ source: { selector: "app == 'web'" } }), 'prod');
    expect(scanned.rule).toEqual({
      action: 'allow',
      source: { ipsets: [selectorIpsetId(WEB)] },
      destination: {},
    });
    expect(scanned.ipsets.map((set) => set.kind)).toEqual(['selector']);
  });

  it('looks a named port up among all endpoints when its end has no selector', () => {
    const scanned = scanRule(rule({ protocol: 'UDP', destination: { ports: ['dns'] } }), 'prod');
    expect(scanned.rule).toEqual({
      action: 'allow',
      protocol: 'udp',
      source: {},
      destination: { namedPortIpsets: [namedPortIpsetId('all()', 'udp', 'dns')] },
    });
  });

  it('needs no plain set for an end with named ports alone', () => {
    const destination = { selector: "app == 'web'", ports: ['http'] };
    const { rule: active, ipsets } = scanRule(rule({ protocol: 'TCP', destination }), 'prod');
    expect(active.destination).toEqual({ namedPortIpsets: [namedPortIpsetId(WEB, 'tcp', 'http')] });
    expect(ipsets).toHaveLength(1);
  });

  it('keeps the plain set for numeric ports beside a named one', () => {
    const destination = { selector: "app == 'web'", ports: ['http', { first: 80, last: 80 }] };
    const { rule: active, ipsets } = scanRule(rule({ protocol: 'TCP', destination }), 'prod');
    expect(active.destination).toEqual({
      ports: [{ first: 80, last: 80 }],
      ipsets: [selectorIpsetId(WEB)],
      namedPortIpsets: [namedPortIpsetId(WEB, 'tcp', 'http')],
    });
    expect(ipsets).toHaveLength(2);
  });
});
