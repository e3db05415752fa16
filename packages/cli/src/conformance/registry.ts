import type { Runner } from './runner.ts';
import { netpolRunner } from './runners/netpol.ts';
import { netpolValidationRunner } from './runners/netpol-validation.ts';
import { npGuardRunner } from './runners/np-guard.ts';
import { realRunner } from './runners/real.ts';

/** Every runner there is. A new subject is a file in `runners/` and a line here. */
export const RUNNERS: readonly Runner[] = [
  netpolRunner,
  netpolValidationRunner,
  npGuardRunner,
  realRunner,
];
