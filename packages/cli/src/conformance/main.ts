import { RUNNERS } from './registry.ts';
import { runConformance } from './run.ts';

process.exitCode = await runConformance(process.argv.slice(2), RUNNERS, (line) =>
  console.log(line),
);
