import { join } from 'node:path';
import { testScenarios } from './test-scenario-files.ts';

testScenarios('rules of nftables', join(import.meta.dirname, 'nft'));
