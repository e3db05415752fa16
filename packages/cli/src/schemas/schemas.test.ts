import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkSchema } from './check.ts';
import { diffSchema } from './diff.ts';
import { lintSchema } from './lint.ts';
import { matrixSchema } from './matrix.ts';
import { podsOfSchema } from './pods-of.ts';
import { policiesOfSchema } from './policies-of.ts';
import { whoCanReachSchema } from './who-can-reach.ts';

const SCHEMAS = {
  check: checkSchema,
  diff: diffSchema,
  lint: lintSchema,
  matrix: matrixSchema,
  'pods-of': podsOfSchema,
  'policies-of': policiesOfSchema,
  'who-can-reach': whoCanReachSchema,
};

// `vitest --update` writes them anew.
it.each(Object.entries(SCHEMAS))('the published schema of %s is this one', async (name, schema) => {
  const text = `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(join('..', '..', 'schemas', `${name}.schema.json`));
});
