import type { Block, ReportDocument } from '../document/document.ts';
import { renderTextTable } from './text-table.ts';

/** Renders for a terminal. Charts are left out: the table beside each has its figures. */
export function renderText(document: ReportDocument): string {
  const parts = document.sections.flatMap((section) => [
    section.title.toUpperCase(),
    ...section.blocks.flatMap(renderBlock),
  ]);
  return `${parts.join('\n\n')}\n`;
}

function renderBlock(block: Block): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return [block.text];
    case 'list':
      return [block.items.map((item) => `- ${item}`).join('\n')];
    case 'table':
      return [`${block.caption}\n\n${renderTextTable(block)}`];
    case 'chart':
      return [];
  }
}
