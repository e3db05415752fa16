import { formatPodsOf, podsOfPolicy } from '@podpath/policy';
import { type InputOptions, loadInput } from '../input/load-input.ts';
import type { ExitCode, Io } from '../io.ts';
import { answerJson } from '../output/answer-json.ts';

export interface PodsOfOptions extends InputOptions {
  readonly format: 'text' | 'json';
}

/** `podpath pods-of`: every pod that a policy selects. */
export async function podsOf(
  inputs: readonly string[],
  policy: string,
  options: PodsOfOptions,
  io: Io,
): Promise<ExitCode> {
  const answer = podsOfPolicy(await loadInput(inputs, options, io), policy);
  io.out(options.format === 'json' ? answerJson('pods-of', answer) : formatPodsOf(answer));
  return 0;
}
