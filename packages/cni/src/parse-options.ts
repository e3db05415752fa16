import { z } from 'zod';
import { OptionsError } from './plugin.ts';

/**
 * Parses a plugin's options from outside by its schema; `undefined` means no options at all. Throws OptionsError for the first
 * thing wrong, with the field's path as in `ipPools[0].cidr` and, for an unknown field, the known ones.
 */
export function parseOptions<S extends z.ZodObject>(
  plugin: string,
  schema: S,
  input: unknown,
): z.output<S> {
  const result = schema.safeParse(input ?? {}, { reportInput: true });
  if (result.success) return result.data;
  // A misspelt field is also a missing one: the spelling is what helps.
  const { issues } = result.error;
  const issue = issues.find((each) => each.code === 'unrecognized_keys') ?? issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const field = formatPath([...issue.path, ...issue.keys.slice(0, 1)]);
    const known = Object.keys(objectAt(schema, issue.path)?.shape ?? {});
    throw new OptionsError(plugin, field, 'is no option', `one of ${known.join(', ')}`);
  }
  if (issue === undefined || issue.path.length === 0) {
    throw new OptionsError(plugin, 'options', 'are no object', 'an object of options');
  }
  const given = JSON.stringify(issue.input) ?? 'missing';
  throw new OptionsError(plugin, formatPath(issue.path), `is ${given}`, issue.message);
}

const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');

/** The object schema that a path leads to, through what wraps it. */
function objectAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.ZodObject | undefined {
  const inner = unwrap(schema);
  const [first, ...rest] = path;
  if (first === undefined) return inner instanceof z.ZodObject ? inner : undefined;
  if (inner instanceof z.ZodArray) return objectAt(inner.element, rest);
  const member = inner instanceof z.ZodObject ? inner.shape[String(first)] : undefined;
  return member === undefined ? undefined : objectAt(member, rest);
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return unwrap(schema.unwrap());
  }
  return schema;
}
