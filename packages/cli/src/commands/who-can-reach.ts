import { formatWhoCanReach, parseTarget, whoCanReach as whoCanReachOf } from '@podpath/policy';
import { knowledgeOf } from '../input/knowledge.ts';
import { type InputOptions, loadInput } from '../input/load-input.ts';
import { parseTraffic } from '../input/parse-flow.ts';
import type { ExitCode, Io } from '../io.ts';
import { answerJson } from '../output/answer-json.ts';

export interface WhoCanReachOptions extends InputOptions {
  readonly to: string;
  readonly port?: string;
  readonly protocol?: string;
  readonly format: 'text' | 'json';
}

/** `podpath who-can-reach`: who may connect to somebody, who may not, and what decides. */
export async function whoCanReach(
  inputs: readonly string[],
  options: WhoCanReachOptions,
  io: Io,
): Promise<ExitCode> {
  const traffic = parseTraffic(options);
  const cluster = await loadInput(inputs, options, io);
  const answer = whoCanReachOf(cluster, {
    to: parseTarget(options.to, cluster),
    knowledge: knowledgeOf(cluster),
    ...(traffic === undefined ? {} : { traffic }),
  });
  io.out(
    options.format === 'json' ? answerJson('who-can-reach', answer) : formatWhoCanReach(answer),
  );
  return 0;
}
