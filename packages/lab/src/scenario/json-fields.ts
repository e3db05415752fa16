import { ScenarioFileError } from './scenario-file-error.ts';

// Each throws ScenarioFileError for a value that is not what the field has to be.

export function asRecord(value: unknown, file: string, field: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  return wrong(value, file, field, 'an object');
}

export function asArray(value: unknown, file: string, field: string): readonly unknown[] {
  return Array.isArray(value) ? value : wrong(value, file, field, 'a list');
}

export function asText(value: unknown, file: string, field: string): string {
  return typeof value === 'string' ? value : wrong(value, file, field, 'a text');
}

export function asBoolean(value: unknown, file: string, field: string): boolean {
  return typeof value === 'boolean' ? value : wrong(value, file, field, 'true or false');
}

export function asInteger(
  value: unknown,
  file: string,
  field: string,
  first: number,
  last: number,
): number {
  const fits =
    typeof value === 'number' && Number.isInteger(value) && value >= first && value <= last;
  return fits ? value : wrong(value, file, field, `a whole number from ${first} to ${last}`);
}

export function asOneOf<T extends string>(
  value: unknown,
  file: string,
  field: string,
  options: readonly T[],
): T {
  return (
    options.find((option) => option === value) ??
    wrong(value, file, field, `one of ${options.join(', ')}`)
  );
}

function wrong(value: unknown, file: string, field: string, expected: string): never {
  const problem = value === undefined ? 'missing' : JSON.stringify(value);
  throw new ScenarioFileError({ file, field }, problem, expected);
}
