import { describe, expect, it } from 'vitest';
import { buildReport } from '../build-report.ts';
import { benchmarks, comparison } from '../test-comparison.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTextTable } from './text-table.ts';

const document = buildReport({ subject: 'a | b & c', comparison, benchmarks });

describe('Markdown', () => {
  it('has every table with as many cells in each row as in its head', () => {
    const tableLines = renderMarkdown(document)
      .split('\n\n')
      .filter((part) => part.startsWith('|'));
    expect(tableLines.length).toBeGreaterThan(4);
    for (const table of tableLines) {
      const cells = table.split('\n').map((line) => line.split(/(?<!\\)\|/).length);
      expect(new Set(cells).size).toBe(1);
    }
  });

  it('keeps a bar in a cell from ending it', () => {
    const text = renderMarkdown({
      title: 't',
      subtitle: 's',
      sections: [
        {
          title: 'x',
          blocks: [{ kind: 'table', caption: 'c', columns: [{ title: 'a|b' }], rows: [['c|d']] }],
        },
      ],
    });
    expect(text).toContain('| a\\|b |');
    expect(text).toContain('| c\\|d |');
  });
});

describe('HTML', () => {
  const html = renderHtml(document);

  it('needs nothing from elsewhere: no script, no address to fetch', () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(/);
    expect(html.match(/(?:src|href)="(?!#)[^"]*"/g) ?? []).toEqual([]);
  });

  it('escapes what came from outside', () => {
    expect(html).toContain('a | b &amp; c');
    expect(html).toContain('A &lt;fast&gt; CPU');
    expect(html).not.toContain('<fast>');
  });

  it('links each section from the contents', () => {
    for (const [, anchor] of html.matchAll(/href="#([^"]+)"/g))
      expect(html).toContain(`id="${anchor}"`);
  });

  it('draws a chart for each suite, with a label for those who cannot see it', () => {
    expect(html.match(/<svg/g)?.length).toBe(benchmarks.suites.length);
    expect(html).toContain('aria-label="Route lookup: lookups a second"');
  });

  it('is the same every time', () => {
    expect(renderHtml(document)).toBe(html);
  });
});

describe('a table for the terminal', () => {
  it('lines up words to the left and numbers to the right', () => {
    const text = renderTextTable({
      kind: 'table',
      caption: 'c',
      columns: [{ title: 'Plugin' }, { title: 'Rules', numeric: true }],
      rows: [
        ['Calico', '120'],
        ['Weave Net', '7'],
      ],
    });
    expect(text).toBe('Plugin     Rules\n─────────  ─────\nCalico       120\nWeave Net      7');
  });
});
