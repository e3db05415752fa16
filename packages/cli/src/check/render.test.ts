import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkSchema } from '../schemas/check.ts';
import { sarifSchema } from '../schemas/sarif.ts';
import { renderCheck } from './render.ts';
import type { CheckReport } from './report.ts';

const place = (line: number) => ({ file: 'e.yaml', document: 1, line, column: 5 });
const flow = { from: 'shop/a', to: 'shop/b', protocol: 'TCP' as const, port: 80 };
const rule = {
  policy: {
    kind: 'NetworkPolicy',
    namespace: 'shop',
    name: 'p',
    source: { ...place(1), file: 'my policies/p.yaml' },
  },
  direction: 'ingress' as const,
  index: 0,
};

const report: CheckReport = {
  file: 'e.yaml',
  failures: [],
  results: [
    {
      expectation: { ...flow, name: 'first <&"> #1 \\', allowed: true, source: place(2) },
      outcome: 'passed',
      message: '',
    },
    {
      expectation: { ...flow, allowed: false, family: 6, source: place(6) },
      outcome: 'failed',
      message: 'shop/a → shop/b over IPv6: allowed\n  by "p" \u0001\ud800 </failure>',
      against: {
        from: 'shop/a',
        to: 'shop/b',
        family: 6,
        verdict: {
          allowed: true,
          egress: { allowed: true, reason: 'not-isolated' },
          ingress: {
            allowed: true,
            reason: 'allowed-by-rule',
            tier: 'NetworkPolicy',
            rules: [rule],
            isolatedBy: [],
          },
        },
      },
    },
    {
      expectation: { ...flow, protocol: 'ICMP', allowed: false, plugin: 'weave', source: place(9) },
      outcome: 'error',
      message: 'there is no such pod',
    },
  ],
};

const broken: CheckReport = {
  file: 'e.yaml',
  failures: ['shop.yaml: there is no such file\nand more'],
  results: [
    {
      expectation: { ...flow, allowed: true, source: place(2) },
      outcome: 'skipped',
      message: 'shop.yaml: there is no such file',
    },
  ],
};

describe('a report', () => {
  it('is text', () => {
    expect(
      renderCheck(report, 'text'),
    ).toBe(`passed  first <&"> #1 \\ (shop/a → shop/b TCP 80 is allowed) (e.yaml:2)
FAILED  shop/a → shop/b TCP 80 over IPv6 is denied (e.yaml:6)
        shop/a → shop/b over IPv6: allowed
          by "p" \u0001\ud800 </failure>
ERROR   shop/a → shop/b ICMP is denied under weave (e.yaml:9)
        there is no such pod
1 passed, 1 failed, 1 could not be checked.
`);
  });

  it('is JUnit’s XML, where nothing breaks out', () => {
    const xml = renderCheck(report, 'junit');
    expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="podpath check" tests="3" failures="1" errors="1" skipped="0">
  <testsuite name="e.yaml" tests="3" failures="1" errors="1" skipped="0">
    <testcase name="first &lt;&amp;&quot;&gt; #1 \\ (shop/a → shop/b TCP 80 is allowed)" classname="podpath.policies" file="e.yaml" line="2"/>
    <testcase name="shop/a → shop/b TCP 80 over IPv6 is denied" classname="podpath.policies" file="e.yaml" line="6">
      <failure message="shop/a → shop/b over IPv6: allowed">shop/a → shop/b over IPv6: allowed&#10;  by &quot;p&quot; \ufffd\ufffd &lt;/failure&gt;</failure>
    </testcase>
    <testcase name="shop/a → shop/b ICMP is denied under weave" classname="podpath.weave" file="e.yaml" line="9">
      <error message="there is no such pod">there is no such pod</error>
    </testcase>
  </testsuite>
</testsuites>
`);
    expectWellFormed(xml);
    expectWellFormed(renderCheck(broken, 'junit'));
  });

  it('is TAP', () => {
    expect(renderCheck(report, 'tap')).toBe(`TAP version 14
1..3
ok 1 - first <&"> \\#1 \\\\ (shop/a → shop/b TCP 80 is allowed)
not ok 2 - shop/a → shop/b TCP 80 over IPv6 is denied
  ---
  message: "shop/a → shop/b over IPv6: allowed\\n  by \\"p\\" \\u0001\\ud800 </failure>"
  severity: fail
  at: {"file":"e.yaml","line":6}
  ...
not ok 3 - shop/a → shop/b ICMP is denied under weave
  ---
  message: "there is no such pod"
  severity: error
  at: {"file":"e.yaml","line":9}
  ...
`);
  });

  it('is SARIF, with the rules that decide', () => {
    const log = sarifSchema.parse(JSON.parse(renderCheck(report, 'sarif')));
    expect(log.runs[0]?.invocations[0]?.executionSuccessful).toBe(true);
    expect(log.runs[0]?.results.map(({ ruleId, ruleIndex }) => [ruleId, ruleIndex])).toEqual([
      ['expectation-failed', 0],
      ['expectation-not-checked', 1],
    ]);
    expect(log.runs[0]?.results[0]?.relatedLocations?.[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: 'my%20policies/p.yaml' },
      region: { startLine: 1, startColumn: 5 },
    });
  });

  it('is JSON that fits its schema', () => {
    for (const each of [report, broken]) {
      const json = checkSchema.parse(JSON.parse(renderCheck(each, 'json')));
      expect(json.results.length).toBe(each.results.length);
    }
  });
});

describe('a report of what could not be checked', () => {
  it('says so in every format', () => {
    expect(renderCheck(broken, 'text')).toContain(
      'failure: shop.yaml: there is no such file\nand more\n0 passed, 0 failed, 1 skipped.',
    );
    expect(renderCheck(broken, 'junit')).toContain('tests="2" failures="0" errors="1" skipped="1"');
    expect(renderCheck(broken, 'junit')).toContain(
      '<error message="shop.yaml: there is no such file">',
    );
    expect(renderCheck(broken, 'tap')).toBe(`TAP version 14
1..1
ok 1 - shop/a → shop/b TCP 80 is allowed # SKIP shop.yaml: there is no such file
Bail out! shop.yaml: there is no such file | and more
`);
    const log = sarifSchema.parse(JSON.parse(renderCheck(broken, 'sarif')));
    expect(log.runs[0]?.invocations[0]).toMatchObject({
      executionSuccessful: false,
      toolExecutionNotifications: [{ level: 'error' }],
    });
  });
});

/** By a parser of another make, where there is one. */
function expectWellFormed(xml: string): void {
  const script =
    'import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())';
  const parsed = spawnSync('python3', ['-c', script], { input: xml, encoding: 'utf8' });
  if (parsed.error !== undefined) {
    console.log('XML is not parsed: python3 is not installed');
    return;
  }
  expect(parsed.stderr).toBe('');
  expect(parsed.status).toBe(0);
}
