import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  differencesOf,
  LabError,
  type Verification,
  verificationJson,
  verifyCluster,
} from '@podpath/lab';
import { type InputOptions, loadInput, parseCount } from '../input/load-input.ts';
import { readPluginOptions } from '../input/plugin-options.ts';
import { type ExitCode, type Io, UsageError } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { verificationText } from '../output/verification-text.ts';
import { PLUGIN_NAMES, pluginsNamed } from '../plugins.ts';
import { SAMPLE_DIRECTORY } from '../sample.ts';

export interface VerifyCommandOptions extends InputOptions {
  readonly plugin: string;
  readonly pluginOptions?: string;
  readonly seed: string;
  readonly flows: string;
  readonly json?: string;
}

/** What holds an emulation to the kernel; tests hand in another. */
export type Verify = typeof verifyCluster;

/** More would take longer than anybody waits, and source ports would come again. */
const MOST_FLOWS = 5000;

/** `podpath verify`: builds the input in real namespaces too, sends the same flows, and says what differs. */
export async function verify(
  inputs: readonly string[],
  options: VerifyCommandOptions,
  io: Io,
  run: Verify = verifyCluster,
): Promise<ExitCode> {
  const plugins = pluginsNamed(
    options.plugin.trim().toLowerCase() === 'all' ? PLUGIN_NAMES.join(',') : options.plugin,
  );
  const seed = parseSeed(options.seed);
  const flows = parseCount('--flows', options.flows);
  if (flows > MOST_FLOWS) {
    throw new UsageError(`--flows: '${options.flows}'; expected at most ${MOST_FLOWS}`);
  }
  const settings = await readPluginOptions(options.pluginOptions, io);
  const cluster = await loadInput(inputs.length === 0 ? [SAMPLE_DIRECTORY] : inputs, options, io);
  let verification: Verification | undefined;
  try {
    await withProgress(io, [
      {
        title: `Holding ${plugins.map(({ title }) => title).join(', ')} to this kernel`,
        run: async (report) => {
          verification = await run(
            cluster,
            plugins.map((plugin) => ({ plugin, options: settings.get(plugin.name) })),
            { seed, flows, onProgress: report },
          );
        },
      },
    ]);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    io.err(`podpath: no verification: ${error.message}\n`);
    return 2;
  }
  if (verification === undefined) throw new Error('the verification did not run');
  if (options.json !== undefined) await writeJson(verification, options.json, io);
  if (options.json !== '-') io.out(verificationText(verification));
  return exitCodeOf(verification);
}

async function writeJson(verification: Verification, file: string, io: Io): Promise<void> {
  const text = `${JSON.stringify(verificationJson(verification), null, 2)}\n`;
  if (file === '-') {
    io.out(text);
    return;
  }
  await writeFile(resolve(io.cwd, file), text);
  io.err(`written: ${file}\n`);
}

/** 2 when nothing could be verified: neither "the same" nor "different" would be true. */
function exitCodeOf({ plugins }: Verification): ExitCode {
  if (plugins.length === 0) return 2;
  return plugins.some((plugin) => differencesOf(plugin).length > 0) ? 1 : 0;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > 0xffff_ffff) {
    throw new UsageError(`--seed: '${text}'; expected a whole number from 0 to 4294967295`);
  }
  return seed;
}
