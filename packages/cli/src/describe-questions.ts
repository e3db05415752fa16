import { type Command, Option } from 'commander';
import { type CheckOptions, check } from './commands/check.ts';
import { type DiffOptions, diff } from './commands/diff.ts';
import { type LintOptions, lint } from './commands/lint.ts';
import { type MatrixOptions, matrix } from './commands/matrix.ts';
import { type PodsOfOptions, podsOf } from './commands/pods-of.ts';
import { type PoliciesOfOptions, policiesOf } from './commands/policies-of.ts';
import { type WhoCanReachOptions, whoCanReach } from './commands/who-can-reach.ts';
import { pluginOption, withInput } from './describe-input.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

/** Adds the commands that ask the policies about a whole cluster. */
export function describeQuestions(
  program: Command,
  io: Io,
  finish: (code: ExitCode) => void,
): void {
  program.hook('preAction', (_, command) => refuseTwoFormats(command));
  withTraffic(
    withInput(program.command('matrix'), 'show who may connect to whom')
      .addOption(pluginOption())
      .option('--from <list>', `only from there: ${END_PATTERNS}`)
      .option('--to <list>', 'only to there'),
  )
    .addOption(formatOption('text', 'json', 'markdown', 'mermaid'))
    .addOption(jsonOption())
    .action(async (inputs: string[], options: MatrixOptions) =>
      finish(await matrix(inputs, options, io)),
    );

  withTraffic(
    withInput(
      program.command('who-can-reach'),
      'show who may connect to somebody, and what decides',
    ).requiredOption('--to <end>', TARGET),
  )
    .addOption(formatOption('text', 'json'))
    .addOption(jsonOption())
    .action(async (inputs: string[], options: WhoCanReachOptions) =>
      finish(await whoCanReach(inputs, options, io)),
    );

  withInput(
    program.command('policies-of'),
    'show every policy of a pod, in the order in which they are asked',
    '<input>',
  )
    .argument('<pod>', TARGET)
    .addOption(formatOption('text', 'json'))
    .addOption(jsonOption())
    .action(async (input: string, pod: string, options: PoliciesOfOptions) =>
      finish(await policiesOf([input], pod, options, io)),
    );

  withInput(program.command('pods-of'), 'show every pod that a policy selects', '<input>')
    .argument('<policy>', 'namespace/name, or name; with Kind/ before it where several have it')
    .addOption(formatOption('text', 'json'))
    .addOption(jsonOption())
    .action(async (input: string, policy: string, options: PodsOfOptions) =>
      finish(await podsOf([input], policy, options, io)),
    );

  withInput(
    program.command('diff'),
    'show which connections another state of the input gains and loses, and by which rule',
    '<before>',
  )
    .argument('<after>', 'the other state: a file or a directory')
    .option('--fail-on-widening', 'exit with 1 when anything is gained')
    .addOption(formatOption('text', 'json'))
    .addOption(jsonOption())
    .action(async (before: string, after: string, options: DiffOptions) =>
      finish(await diff(before, after, options, io)),
    );

  withInput(program.command('lint'), 'show what is odd about the policies')
    .addOption(pluginOption())
    .addOption(
      new Option(
        '--fail-on <severity>',
        'exit with 1 for findings of that severity or a higher one',
      )
        .choices(['error', 'warning', 'info', 'never'])
        .default('error'),
    )
    .addOption(formatOption('text', 'json', 'sarif'))
    .addOption(jsonOption())
    .option('--output <file>', 'write there instead of to standard output')
    .action(async (inputs: string[], options: LintOptions) =>
      finish(await lint(inputs, options, io)),
    );

  withInput(program.command('check'), 'check that the input allows and denies what a file expects')
    .requiredOption('--expect <file>', 'YAML or JSON with expectations')
    .addOption(formatOption('text', 'json', 'junit', 'tap', 'sarif'))
    .addOption(jsonOption())
    .option('--output <file>', 'write there, and text to standard output')
    .action(async (inputs: string[], options: CheckOptions) =>
      finish(await check(inputs, options, io)),
    );
}

const TARGET = 'namespace/pod, namespace/workload, node:NAME or an address';

const withTraffic = (command: Command): Command =>
  command
    .option('--port <number>', 'only this port')
    .option('--protocol <name>', 'of the port; alone, only this protocol: tcp, udp, sctp or icmp');

const END_PATTERNS =
  'NAMESPACE, NAMESPACE/WORKLOAD, nodes, node:NAME, outside, outside:ADDRESS, with commas between';

const formatOption = (...formats: readonly string[]): Option =>
  new Option('--format <format>', 'output').choices(formats).default('text');

/** `--json` gives way to a format that is named, which whoever asks for both does not expect. */
const refuseTwoFormats = (command: Command): void => {
  const isGiven = (option: string) => command.getOptionValueSource(option) === 'cli';
  const { format } = command.opts<{ format?: string }>();
  if (isGiven('json') && isGiven('format') && format !== 'json') {
    throw new UsageError(`--json and --format ${format} are two formats; choose one`);
  }
};

const jsonOption = (): Option =>
  new Option('--json', 'the same as --format json').implies({ format: 'json' });
