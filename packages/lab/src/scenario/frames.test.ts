import { join } from 'node:path';
import { testScenarios } from './test-scenario-files.ts';

testScenarios('rules that look at frames', join(import.meta.dirname, 'frames'));
