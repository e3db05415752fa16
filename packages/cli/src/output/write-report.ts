import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildReport, type ReportInput, renderHtml, renderMarkdown } from '@podpath/report';

/**
 * Writes report.html, report.md and the data that they came from into a folder. Each file appears whole or not at all.
 * Returns the paths.
 */
export async function writeReport(
  directory: string,
  input: ReportInput,
): Promise<readonly string[]> {
  const document = buildReport(input);
  const files: [name: string, content: string][] = [
    ['report.html', renderHtml(document)],
    ['report.md', renderMarkdown(document)],
  ];
  if (input.comparison !== undefined) files.push(['comparison.json', json(input.comparison)]);
  if (input.benchmarks !== undefined) files.push(['benchmarks.json', json(input.benchmarks)]);
  await mkdir(directory, { recursive: true });
  const paths: string[] = [];
  for (const [name, content] of files) {
    const path = join(directory, name);
    await writeFile(`${path}.part`, content);
    await rename(`${path}.part`, path);
    paths.push(path);
  }
  return paths;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
