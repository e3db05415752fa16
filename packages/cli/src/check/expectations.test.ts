import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpectationsError, parseExpectations } from './expectations.ts';

const problemsOf = (text: string): readonly string[] => {
  try {
    parseExpectations(text, 'e.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof ExpectationsError)) throw error;
    return error.message.split('\n');
  }
};

describe('a file of expectations', () => {
  it('has who, what and whether, and where each stands', () => {
    const text = `# What the shop needs.
expectations:
  - name: the front reaches the cart
    from: shop/frontend
    to: shop/cart
    port: 8082
    expect: allowed
  - { from: 203.0.113.9, to: shop/cart, protocol: icmp, family: 4, expect: denied, plugin: Weave }
`;
    expect(parseExpectations(text, 'e.yaml')).toEqual([
      {
        name: 'the front reaches the cart',
        from: 'shop/frontend',
        to: 'shop/cart',
        protocol: 'TCP',
        port: 8082,
        allowed: true,
        source: { file: 'e.yaml', document: 1, line: 3, column: 5 },
      },
      {
        from: '203.0.113.9',
        to: 'shop/cart',
        protocol: 'ICMP',
        port: 0,
        family: 4,
        allowed: false,
        plugin: 'weave',
        source: { file: 'e.yaml', document: 1, line: 8, column: 5 },
      },
    ]);
  });

  it('is told all that is wrong, with place, field and what would be right', () => {
    const text = `expectations:
  - from: shop/a
    too: shop/b
    port: 70000
    expect: maybe
  - { from: 7, to: shop/b, port: "80", protocol: icmp, expect: denied }
  - shop/a
colour: red
`;
    expect(problemsOf(text)).toEqual([
      'e.yaml:8:1 (document 1): colour: there is no such field; expected any of expectations',
      'e.yaml:3:5 (document 1): expectations[0].too: there is no such field; expected any of name, from, to, port, protocol, family, expect, plugin',
      'e.yaml:2:5 (document 1): expectations[0].to: there is none; expected namespace/pod, namespace/workload, node:NAME or an address',
      'e.yaml:4:11 (document 1): expectations[0].port: 70000 is no port; expected a number from 1 to 65535',
      'e.yaml:5:13 (document 1): expectations[0].expect: "maybe" is none of them; expected allowed, denied',
      'e.yaml:6:13 (document 1): expectations[1].from: 7 is no text; expected a text',
      'e.yaml:6:34 (document 1): expectations[1].port: ICMP has no ports; expected none',
      'e.yaml:7:5 (document 1): expectations[2]: this is no mapping; expected a mapping with from, to and expect',
    ]);
  });

  it.each([
    ['', /e\.yaml:1:1 .*this is no mapping; expected a mapping with the key expectations/],
    ['- a', /this is no mapping/],
    [
      'expectations:',
      /expectations: this is no list of expectations; expected a list of at least one/,
    ],
    ['expectations: []', /expected a list of at least one/],
    ['{}', /expectations: there is none; expected a list of at least one/],
    ['expectations: [', /e\.yaml:1:\d+ .*; expected YAML or JSON/],
    ['a: 1\na: 2', /e\.yaml:2:1 .*unique/i],
    [
      'expectations: [{ from: a/b, to: c/d, expect: denied }]',
      /port: there is none, and TCP needs one/,
    ],
    [
      'expectations: [{ from: a/b, to: c/d, port: 1 }]',
      /expect: there is none; expected allowed or denied/,
    ],
    [
      'expectations: [{ from: a/b, to: c/d, port: 1, expect: denied, plugin: cilium }]',
      /"cilium" is none of them; expected calico, flannel, weave/,
    ],
    ['a: b\n---\nc: d', /e\.yaml:2:1 .*; expected YAML or JSON/],
  ])('%j is refused', (text, message) => {
    expect(problemsOf(text).join('\n')).toMatch(message);
  });

  it('is refused and never breaks anything, whatever it is', () => {
    const scrap = fc.constantFrom(
      'expectations:',
      '\n',
      ' ',
      '  - ',
      'from: ',
      'to: ',
      'port: ',
      'expect: ',
      'allowed',
      '80',
      '{',
      '}',
      '[',
      ']',
      '*a',
      '&a ',
      '? ',
      ': ',
      '"',
      '!!int ',
      '<<: ',
      '\t',
      '#',
      'null',
    );
    fc.assert(
      fc.property(fc.array(scrap, { maxLength: 20 }), (scraps) => {
        problemsOf(scraps.join(''));
      }),
      { numRuns: 2000 },
    );
  });
});
