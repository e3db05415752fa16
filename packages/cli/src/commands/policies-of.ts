import { formatPoliciesOf, parseTarget, policiesOf as policiesOfTarget } from '@podpath/policy';
import { type InputOptions, loadInput } from '../input/load-input.ts';
import type { ExitCode, Io } from '../io.ts';
import { answerJson } from '../output/answer-json.ts';

export interface PoliciesOfOptions extends InputOptions {
  readonly format: 'text' | 'json';
}

/** `podpath policies-of`: every policy of a pod, in the order in which they are asked. */
export async function policiesOf(
  inputs: readonly string[],
  pod: string,
  options: PoliciesOfOptions,
  io: Io,
): Promise<ExitCode> {
  const cluster = await loadInput(inputs, options, io);
  const answers = policiesOfTarget(cluster, parseTarget(pod, cluster));
  io.out(
    options.format === 'json' ? answerJson('policies-of', { answers }) : formatPoliciesOf(answers),
  );
  return 0;
}
