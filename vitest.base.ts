import { defineConfig } from 'vitest/config';

/** Tests run on the sources of every workspace package, so that no build has to come first. */
export const project = (name: string) =>
  defineConfig({
    resolve: { conditions: ['@podpath/source', 'node', 'import', 'default'] },
    ssr: { resolve: { conditions: ['@podpath/source', 'node', 'import', 'default'] } },
    test: {
      // A busy machine is slow, not wrong.
      testTimeout: 60_000,
      hookTimeout: 120_000,
      name,
      include: ['**/*.test.ts', '**/*.test.mjs'],
      exclude: ['**/node_modules/**', '**/dist/**'],
    },
  });
