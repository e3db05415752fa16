import type { Runner } from './runner.ts';
import { netpolRunner } from './runners/netpol.ts';

/** Every runner there is. A new subject is a file in `runners/` and a line here. */
export const RUNNERS: readonly Runner[] = [netpolRunner];
