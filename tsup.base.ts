import { defineConfig } from 'tsup';

/** What every library package builds: ESM and CommonJS with types, from its entry files. */
export const library = (entry: string[] = ['src/index.ts']) =>
  defineConfig({
    entry,
    format: ['esm', 'cjs'],
    dts: true,
    sourcemap: true,
    clean: true,
    target: 'node22',
    treeshake: true,
  });
