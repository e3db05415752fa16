import { readFileSync } from 'node:fs';

/** The shell script that writes down the state of a node for `--snapshot`. */
export const readSnapshotScript = (): string =>
  readFileSync(new URL('../snapshot/collect.sh', import.meta.url), 'utf8');
