import { z } from 'zod';

// What the schema of SARIF 2.1.0 requires of the parts that are written here, and what these parts may be.

const message = z.strictObject({ text: z.string().min(1) });

const location = z.strictObject({
  id: z.int().min(0).exactOptional(),
  physicalLocation: z.strictObject({
    artifactLocation: z.strictObject({ uri: z.string().regex(/^[^\s\\]+$/) }),
    region: z.strictObject({ startLine: z.int().min(1), startColumn: z.int().min(1) }),
  }),
  message: message.exactOptional(),
});

export const sarifSchema = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string(),
          rules: z.array(z.strictObject({ id: z.string(), shortDescription: message })),
        }),
      }),
      invocations: z.array(
        z.strictObject({
          executionSuccessful: z.boolean(),
          toolExecutionNotifications: z
            .array(z.strictObject({ level: z.enum(['error', 'warning', 'note']), message }))
            .exactOptional(),
        }),
      ),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(0),
          level: z.enum(['error', 'warning', 'note']),
          message,
          locations: z.array(location),
          relatedLocations: z.array(location).exactOptional(),
        }),
      ),
    }),
  ),
});
