import { diffPolicies, formatDiff } from '@podpath/policy';
import { knowledgeOf } from '../input/knowledge.ts';
import { type InputOptions, loadInput } from '../input/load-input.ts';
import { type ExitCode, type Io, UsageError } from '../io.ts';
import { answerJson } from '../output/answer-json.ts';

export interface DiffOptions extends InputOptions {
  readonly format: 'text' | 'json';
  readonly failOnWidening?: true;
}

/** `podpath diff`: which connections one input allows and the other does not. 1 for any gained, when asked to. */
export async function diff(
  before: string,
  after: string,
  options: DiffOptions,
  io: Io,
): Promise<ExitCode> {
  if (before === '-' && after === '-') throw new UsageError('standard input can be read once only');
  const old = await loadInput([before], options, io);
  const answer = diffPolicies(old, await loadInput([after], options, io), knowledgeOf);
  io.out(options.format === 'json' ? answerJson('diff', answer) : formatDiff(answer));
  return options.failOnWidening === true && answer.gained.length > 0 ? 1 : 0;
}
