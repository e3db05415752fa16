export type { Direction, DirectionVerdict, PolicyRef, RuleRef, Verdict } from './verdict.ts';
