import { join } from 'node:path';
import { testScenarios } from '../scenario/test-scenario-files.ts';

testScenarios('what once differed', join(import.meta.dirname, 'regressions'));
