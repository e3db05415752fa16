import { policyEvaluation } from './policy-evaluation.ts';
import { routeLookup } from './route-lookup.ts';
import type { Suite } from './suite.ts';

export const SUITES: readonly Suite[] = [routeLookup, policyEvaluation];
