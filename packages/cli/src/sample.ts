import { fileURLToPath } from 'node:url';

/** The cluster that comes with podpath: a shop of a dozen services. */
export const SAMPLE_DIRECTORY = fileURLToPath(new URL('../sample', import.meta.url));
