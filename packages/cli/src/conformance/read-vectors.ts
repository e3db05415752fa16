import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { VectorError, type VectorSet } from './runner.ts';

/** Reads a vector file and checks the part of it that a runner uses. Throws `VectorError`. */
export const readVectors = <T extends z.ZodType>(set: VectorSet, schema: T): z.output<T> =>
  readJson(set, set.path, schema);

/** As `readVectors`, for a file inside a set that is a folder. */
export const readJson = <T extends z.ZodType>(
  set: VectorSet,
  path: string,
  schema: T,
): z.output<T> => {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new VectorError(set.name, String(error));
  }
  const result = schema.safeParse(content);
  if (!result.success) throw new VectorError(set.name, z.prettifyError(result.error));
  return result.data;
};
