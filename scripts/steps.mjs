// Runs steps one after another and shows what is going on: on a terminal with a line that counts seconds.

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/**
 * Each step is `{ title, run, show }`; `run` resolves to `{ code, output }`. A step that shows its own output says so with
 * `show`. Goes on after a failure unless the step is `essential`. Resolves to the results in order.
 */
export async function runSteps(steps) {
  const results = [];
  for (const [index, step] of steps.entries()) {
    const label = `[${index + 1}/${steps.length}] ${step.title}`;
    const started = Date.now();
    const tick = startTicking(label, step.show);
    const { code, output } = await step.run();
    clearInterval(tick);
    const passed = code === 0;
    const line = `${label} ${passed ? 'ok' : 'FAILED'} (${seconds(Date.now() - started)})`;
    console.log(process.stdout.isTTY && !step.show ? `\r\x1b[K${line}` : line);
    if (!passed && output) console.log(output.trimEnd());
    results.push({ title: step.title, passed });
    if (!passed && step.essential) break;
  }
  return results;
}

function startTicking(label, show) {
  if (show || !process.stdout.isTTY) {
    console.log(`${label} …`);
    return undefined;
  }
  const started = Date.now();
  process.stdout.write(`${label} …`);
  return setInterval(
    () => process.stdout.write(`\r\x1b[K${label} … ${seconds(Date.now() - started)}`),
    1000,
  );
}
