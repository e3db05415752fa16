import { compiledPolicy } from './compiled-policy.ts';
import { installing } from './installing.ts';
import { memory } from './memory.ts';
import { packetWalk } from './packet-walk.ts';
import { policyChanges } from './policy-changes.ts';
import { policyEvaluation } from './policy-evaluation.ts';
import { programming } from './programming.ts';
import { routeLookup } from './route-lookup.ts';
import { rules } from './rules.ts';
import type { Suite } from './suite.ts';

export const SUITES: readonly Suite[] = [
  packetWalk,
  routeLookup,
  rules,
  policyEvaluation,
  compiledPolicy,
  policyChanges,
  installing,
  programming,
  memory,
];
