import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    main: 'src/main.ts',
    'subject-process': 'src/subject-process.ts',
    conformance: 'src/conformance/main.ts',
  },
  format: ['esm'],
  sourcemap: true,
  clean: true,
  target: 'node22',
});
