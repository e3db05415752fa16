import type { Block, ReportDocument, Table } from '../document/document.ts';

/** Renders as GitHub-flavoured Markdown. Charts are left to the HTML: the table beside each has its figures. */
export function renderMarkdown(document: ReportDocument): string {
  const parts = [`# ${document.title}`, document.subtitle];
  for (const section of document.sections) {
    parts.push(`## ${section.title}`, ...section.blocks.flatMap(renderBlock));
  }
  return `${parts.join('\n\n')}\n`;
}

function renderBlock(block: Block): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return [block.text];
    case 'list':
      return [block.items.map((item) => `- ${item}`).join('\n')];
    case 'table':
      return [`**${block.caption}**`, renderTable(block)];
    case 'chart':
      return [];
  }
}

function renderTable({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [
    line(columns.map((column) => column.title)),
    line(columns.map((column) => (column.numeric === true ? '---:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
