import { differenceText } from '../compare/difference.ts';
import { whyNoLab } from '../host.ts';
import { KernelNetwork } from '../kernel/kernel-network.ts';
import { judge } from '../scenario/judge.ts';
import { generate } from './generate.ts';

const option = (name: string, usual: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};
const seed = option('seed', 1);
const setups = option('setups', 100);
const workers = option('workers', 4);
const flows = option('flows', 10);
const show = option('show', 3);

let next = seed;
let done = 0;
let flowCount = 0;
const differing: number[] = [];
const started = Date.now();
async function worker(): Promise<void> {
  const network = new KernelNetwork();
  try {
    for (;;) {
      const current = next++;
      if (current >= seed + setups) return;
      const { scenario } = generate(current, flows);
      try {
        const judged = await judge(network, scenario);
        if (judged === undefined) {
          console.log(`seed ${current}: without end`);
          done++;
          continue;
        }
        const { differences, kernel } = judged;
        flowCount += kernel.flows.length;
        if (differences.length > 0) {
          differing.push(current);
          console.log(`seed ${current}: ${differences.length} differences`);
          for (const each of differences.slice(0, show))
            console.log(`  ${differenceText(each).slice(0, 900)}`);
        }
      } catch (error) {
        console.log(`seed ${current}: ${error instanceof Error ? error.stack : error}`);
        differing.push(current);
      }
      done++;
    }
  } finally {
    network.close();
  }
}
const why = whyNoLab();
if (why !== undefined) {
  console.log(`no lab here: ${why}`);
} else {
  await Promise.all(Array.from({ length: workers }, worker));
  const seconds = (Date.now() - started) / 1000;
  console.log(
    `${done} set-ups, ${flowCount} flows, ${seconds.toFixed(1)} s, ${(done / seconds).toFixed(1)}/s, differing: ${differing.length}: ${differing.join(' ')}`,
  );
}
