/**
 * One suite that every plugin runs, whoever wrote it. It needs no test runner: `conformanceCases` gives
 * named cases, and a runner (vitest, node:test, a command) calls them.
 */
export type { Ability, ConformanceCase, ConformanceSkip } from './conformance/case.ts';
export { conformanceCases } from './conformance/suite.ts';
