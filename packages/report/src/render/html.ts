import { renderBarChart } from '../charts/bar-chart.ts';
import type { Block, Chart, ReportDocument, Section, Table } from '../document/document.ts';
import { STYLE } from './style.ts';

/** Renders as one HTML page that needs nothing else: no network, no script. */
export function renderHtml(document: ReportDocument): string {
  const anchors = document.sections.map((section) => slug(section.title));
  const contents = document.sections
    .map(
      (section, index) =>
        `<li><a href="#${anchors[index] ?? ''}">${escapeHtml(section.title)}</a></li>`,
    )
    .join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(`${document.title}: ${document.subtitle}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(document.title)}</h1><p>${escapeHtml(document.subtitle)}</p></header>
<nav aria-label="Sections"><ul>${contents}</ul></nav>
<main>
${document.sections.map((section, index) => renderSection(section, anchors[index] ?? '')).join('\n')}
</main>
</body>
</html>
`;
}

const renderSection = (section: Section, anchor: string): string =>
  `<section id="${anchor}"><h2>${escapeHtml(section.title)}</h2>\n${section.blocks.map(renderBlock).join('\n')}\n</section>`;

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
    case 'table':
      return renderTable(block);
    case 'chart':
      return renderFigure(block);
  }
}

const renderFigure = (chart: Chart): string =>
  `<figure role="img" aria-label="${escapeHtml(chart.title)}"><div class="scroll" tabindex="0">${renderBarChart(chart)}</div><figcaption>${escapeHtml(chart.title)}${chart.logarithmic ? ' (logarithmic axis)' : ''}</figcaption></figure>`;

function renderTable(table: Table): string {
  const cell = (tag: 'td' | 'th', text: string, index: number): string => {
    const scope = tag === 'th' ? ' scope="col"' : '';
    const numeric = table.columns[index]?.numeric === true ? ' class="number"' : '';
    return `<${tag}${scope}${numeric}>${escapeHtml(text)}</${tag}>`;
  };
  const head = table.columns.map((column, index) => cell('th', column.title, index)).join('');
  const body = table.rows
    .map((row) => `<tr>${row.map((text, index) => cell('td', text, index)).join('')}</tr>`)
    .join('\n');
  return `<div class="scroll" tabindex="0"><table><caption>${escapeHtml(table.caption)}</caption><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

const slug = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
