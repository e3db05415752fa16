// `pnpm policy:updates [COUNT] [SEED]`: compiled policies against the reference evaluator, after so many random sequences of
// changes. Without a seed it says which it drew where something differs.
import { join } from 'node:path';
import { node, root } from './workspace.mjs';

const [count = '10000', seed] = process.argv.slice(2);
process.env.PODPATH_POLICY_SEQUENCES = count;
if (seed !== undefined) process.env.PODPATH_POLICY_SEED = seed;
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
process.exitCode = await node([
  vitest,
  'run',
  '--root',
  root,
  '--project',
  'policy',
  'src/compiled/updates.property.test.ts',
]);
