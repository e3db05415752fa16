// The closing line of a CI run: tests and conformance vectors, counted from their result files.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

const read = (name) => {
  const path = join(root, 'reports', name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
};

const summary = read('test-summary.json') ?? { passed: 0, failed: 1 };
const files = read('conformance.json')?.files ?? [];
const sum = (field) => files.reduce((total, file) => total + file[field], 0);

console.log(`${summary.passed + sum('passed')} passed, ${summary.failed + sum('failed')} failed`);
