// One process for one subject: another subject's feedback to the JIT would bend the figures.
import process from 'node:process';
import { measure } from './runner/measure.ts';
import { subjectNamed } from './runner/subject-named.ts';
import { workloadNamed } from './workloads/workload.ts';

const [suite = '', workload = '', subject = '', timeMs = ''] = process.argv.slice(2);
const prepared = subjectNamed(suite, subject).prepare(workloadNamed(workload));
process.stdout.write(JSON.stringify(await measure(prepared, Number(timeMs))));
