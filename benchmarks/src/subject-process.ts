// One process for one subject: another subject's feedback to the JIT would bend the figures.
import process from 'node:process';
import { measure } from './runner/measure.ts';
import { subjectNamed } from './runner/subject-named.ts';

const [suiteName = '', workload = '', subjectName = '', timeMs = ''] = process.argv.slice(2);
const { suite, subject } = subjectNamed(suiteName, workload, subjectName);
const result = await measure(subject.prepare(), suite.quantity, Number(timeMs));
process.stdout.write(JSON.stringify(result));
