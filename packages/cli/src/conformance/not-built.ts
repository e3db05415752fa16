import { readFileSync, statSync } from 'node:fs';
import type { CaseResult, VectorSet } from './runner.ts';

/** Lists at the top of a file that tell about it. */
const ABOUT: ReadonlySet<string> = new Set(['source', 'notes', 'conventions']);

/**
 * A file that no runner takes still counts, case by case, so that nothing untested hides: each other list at the
 * top of the file is a list of cases. A folder counts as one case.
 */
export function* notBuilt(set: VectorSet): Generator<CaseResult> {
  const reason = 'nothing runs these vectors yet';
  if (statSync(set.path).isDirectory()) {
    yield { id: set.name, outcome: 'not-supported', reason };
    return;
  }
  const content: unknown = JSON.parse(readFileSync(set.path, 'utf8'));
  for (const [key, list] of Object.entries(Object(content) as Record<string, unknown>)) {
    if (!Array.isArray(list) || ABOUT.has(key)) continue;
    for (const [index, one] of list.entries()) {
      yield { id: idOf(one) ?? `${key}[${index}]`, outcome: 'not-supported', reason };
    }
  }
}

const idOf = (one: unknown): string | undefined =>
  typeof one === 'object' && one !== null && 'id' in one && typeof one.id === 'string'
    ? one.id
    : undefined;
