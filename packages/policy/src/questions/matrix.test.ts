import { describe, expect, it } from 'vitest';
import {
  EVERYTHING,
  ipBlock,
  testCluster,
  testPod,
  testPolicy,
  testRule,
} from '../test-cluster.ts';
import { formatByFamily, type TrafficFilter } from './by-family.ts';
import { parseEndPattern } from './end-pattern.ts';
import { formatMatrix } from './format-matrix.ts';
import { type Matrix, matrix } from './matrix.ts';
import { matrixJson } from './matrix-json.ts';
import { matrixMarkdown } from './matrix-markdown.ts';
import { matrixMermaid } from './matrix-mermaid.ts';
import { QuestionError } from './question-error.ts';
import { nobody, shop } from './test-shop.ts';

const text = (lines: Iterable<string>): string => [...lines].join('\n');
interface Ask {
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly traffic?: TrafficFilter;
}
const ask = ({ from, to, traffic }: Ask): Matrix =>
  matrix(shop, {
    ...(from && { from: from.map(parseEndPattern) }),
    ...(to && { to: to.map(parseEndPattern) }),
    ...(traffic && { traffic }),
  });

describe('the matrix as text', () => {
  it('has a sign for each set of connections', () => {
    expect(text(formatMatrix(matrix(shop)))).toBe(
      `from \\ to                1 2 3 4 5
1 shop/db                - X . . .
2 shop/web (Deployment)  a X . . .
3 all 3 nodes            X X . . .
4 outside                X X . - -
5 outside 203.0.113.0/25 X b . - -

. everything
X nothing
a TCP 5432
b TCP 80
- nothing to connect

A pod and its own node always reach each other.
Host-network pods count as their nodes: 1.`,
    );
  });

  it('can be narrowed to rows, columns and a port', () => {
    const narrow = ask({
      from: ['shop/web'],
      to: ['shop', 'outside:203.0.113.9'],
      traffic: { protocol: 'TCP', port: 5432 },
    });
    expect(text(formatMatrix(narrow)).split('\n').slice(0, 7)).toEqual([
      'from \\ to               1 2 5',
      '2 shop/web (Deployment) a X a',
      '',
      '1 shop/db',
      '5 outside 203.0.113.0/25',
      '',
      'X nothing',
    ]);
  });

  it('is a list where there are many columns', () => {
    const pods = Array.from({ length: 50 }, (_, i) =>
      testPod(`many/p${i + 10}`, `10.1.0.${i + 1}`),
    );
    const policies = [
      testPolicy('many/p', { matchLabels: { app: 'p10' }, matchExpressions: [] }, {}),
    ];
    expect(
      text(formatMatrix(matrix(testCluster({ pods, policies }))))
        .split('\n')
        .slice(0, 3),
    ).toEqual([
      'many/p10',
      '  everything: many/p11, many/p12, many/p13, many/p14, many/p15, many/p16, many/p17, many/p18 and 43 more',
      'many/p11',
    ]);
  });

  it('tells the families apart where they differ', () => {
    const pods = [testPod('a/x', ['10.0.0.1', 'fd00::1']), testPod('a/y', ['10.0.0.2', 'fd00::2'])];
    const only4 = testPolicy('a/p', EVERYTHING, {
      ingress: [testRule([ipBlock('0.0.0.0/0')], [{ protocol: 'TCP', port: 1, endPort: 79 }])],
    });
    const lines = text(formatMatrix(matrix(testCluster({ pods, policies: [only4] }))));
    expect(lines).toContain('a IPv4: TCP 1-79 | IPv6: nothing');
  });
});

describe('the matrix', () => {
  it('is the same for programs, in pieces that are one object', () => {
    const json = JSON.parse([...matrixJson(ask({}))].join(''));
    expect(json).toMatchObject({ question: 'matrix', schema: 1, from: [0, 1, 2, 3, 4] });
    expect(json.rows[1]).toEqual({
      from: 1,
      cells: [
        { to: [[0, 0]], connections: 2 },
        { to: [[1, 1]], connections: 0 },
        { to: [[2, 4]], connections: 1 },
      ],
    });
    expect(json.connections[2]).toEqual({
      ipv4: { TCP: [{ first: 5432, last: 5432 }], UDP: [], SCTP: [], ICMP: false },
    });
    expect(json.ends[4]).toEqual({
      kind: 'outside',
      name: 'outside 203.0.113.0/25',
      family: 4,
      ranges: [{ first: '203.0.113.0', last: '203.0.113.127' }],
    });
  });

  it('is a Markdown table of what is open', () => {
    const lines = text(matrixMarkdown(ask({ from: ['shop/web', 'outside'], to: ['shop'] })));
    expect(lines).toBe(`| From | To | Connections |
|---|---|---|
| shop/web (Deployment) | shop/db | TCP 5432 |
| outside 203.0.113.0/25 | shop/web (Deployment) | TCP 80 |

Whoever is not listed may open nothing.`);
  });

  it('is a chart of what is open', () => {
    expect(matrixMermaid(ask({ from: ['shop/web', 'outside'], to: ['shop'] }))).toBe(`flowchart LR
  subgraph n0["shop"]
    e0["shop/db"]
    e1["shop/web (Deployment)"]
  end
  e4(["outside 203.0.113.0/25"])
  e1 -->|"TCP 5432"| e0
  e4 -->|"TCP 80"| e1
`);
  });

  it('is no chart when it is too large', () => {
    const pods = Array.from({ length: 30 }, (_, i) => testPod(`many/p${i}`, `10.1.0.${i + 1}`));
    expect(() => matrixMermaid(matrix(testCluster({ pods })))).toThrow(/more than 500 arrows/);
  });

  it('of nobody is empty', () => {
    expect(matrix(nobody).ends).toEqual([]);
    expect([...matrix(nobody).rows()]).toEqual([]);
  });

  it('refuses what is not there', () => {
    expect(() => ask({ to: ['shpo'] })).toThrow(QuestionError);
    expect(() => ask({ to: ['shop/wb'] })).toThrow(/'shop\/wb' is nobody here; expected NAMESPACE/);
    expect(() => parseEndPattern('outside:10.0.0')).toThrow(/'10.0.0' is no IP address/);
  });

  it('works out a row only when it is asked for', () => {
    const lazy = ask({});
    const [first] = lazy.rows();
    expect(first?.cells.map(({ connections }) => formatByFamily(connections))).toEqual([
      'nothing',
      'everything',
    ]);
  });
});
