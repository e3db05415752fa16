import type { SourceLocation } from './source-location.ts';

/**
 * What is wrong with a field: the API server's cause types, `syntax` for text that is no YAML or JSON,
 * `io` for input that could not be read.
 */
export type ProblemType =
  | 'FieldValueInvalid'
  | 'FieldValueRequired'
  | 'FieldValueForbidden'
  | 'FieldValueNotSupported'
  | 'FieldValueTooMany'
  | 'FieldValueTooLong'
  | 'FieldValueDuplicate'
  | 'syntax'
  | 'io';

/** One thing wrong with one object. */
export interface FieldProblem {
  readonly type: ProblemType;
  /** Path as the API server writes it: `spec.ingress[0].ports[1].endPort`; empty for the object as a whole. */
  readonly field: string;
  /** What is wrong, as a sentence without its end: `70 is lower than port 80`. */
  readonly reason: string;
  /** What would be right, to follow "expected". */
  readonly expected: string;
}

/** A problem and the place it was found at. Members are absent where there is no such thing to name. */
export interface Problem extends FieldProblem, Partial<SourceLocation> {
  readonly kind?: string;
  /** `namespace/name`, or the name of a cluster-scoped object. */
  readonly name?: string;
}

const LONGEST_LIST = 50;

/** Input that makes no cluster. Carries every problem found, not just the first. */
export class ClusterLoadError extends Error {
  override readonly name = 'ClusterLoadError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const lines = problems.slice(0, LONGEST_LIST).map(formatProblem);
    const more = problems.length - lines.length;
    if (more > 0) lines.push(`and ${more} more problems`);
    super(lines.join('\n'));
    this.problems = problems;
  }
}

/** One line: place, object, field, what is wrong, what would be right. */
export const formatProblem = (problem: Problem): string => {
  const object = [problem.kind, problem.name].filter((part) => part !== undefined).join(' ');
  const parts = [formatPlace(problem), object].filter((part) => part !== '');
  const where = [parts.join(' '), problem.field].filter((part) => part !== '');
  return `${[...where, problem.reason].join(': ')}; expected ${problem.expected}`;
};

/** `shop.yaml:12:7 (document 2)`, shorter where less is known. */
export const formatPlace = (place: Partial<SourceLocation>): string => {
  if (place.file === undefined) return '';
  const at = place.line === undefined ? '' : `:${place.line}:${place.column ?? 1}`;
  return `${place.file}${at}${place.document === undefined ? '' : ` (document ${place.document})`}`;
};
