// `pnpm fuzz …`: plays random networks in the kernel and in the emulator, from the sources as they are.
import { join } from 'node:path';
import { node, root } from './workspace.mjs';

const main = join(root, 'packages', 'lab', 'src', 'fuzz', 'main.ts');
process.exitCode = await node(['--conditions=@podpath/source', main, ...process.argv.slice(2)]);
