import { BenchmarkError } from '@podpath/benchmarks';
import { ClusterLoadError, FlowEndError } from '@podpath/cluster';
import { FlowError, OptionsError } from '@podpath/cni';
import { ParseError, SnapshotError } from '@podpath/linux';
import { PolicyFlowError, QuestionError } from '@podpath/policy';
import { ResultsError } from '@podpath/report';
import { Command, CommanderError, Option } from 'commander';
import { ExpectationsError } from './check/expectations.ts';
import { type BenchOptions, bench } from './commands/bench.ts';
import { type CompareCommandOptions, compare } from './commands/compare.ts';
import { type ReportOptions, report } from './commands/report.ts';
import { type SnapshotOptions, snapshot } from './commands/snapshot.ts';
import { start } from './commands/start.ts';
import { type TraceOptions, trace } from './commands/trace.ts';
import { type TraceSnapshotOptions, traceSnapshot } from './commands/trace-snapshot.ts';
import { type VerifyCommandOptions, verify } from './commands/verify.ts';
import { pluginOption, withInput } from './describe-input.ts';
import { describeQuestions } from './describe-questions.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';
import { PLUGIN_NAMES } from './plugins.ts';
import { readSnapshotScript } from './snapshot-script.ts';

const VERSION = '0.1.0';

/** Runs one command line. Never throws for a user's mistake: says what is wrong and returns 2. */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = describeProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof BenchmarkError) {
      io.err(`podpath: ${error.message}\n`);
      return 1;
    }
    if (isUsersMistake(error)) {
      io.err(`podpath: ${error.message}\n`);
      return 2;
    }
    throw error;
  }
}

const MISTAKES = [
  UsageError,
  ClusterLoadError,
  ExpectationsError,
  FlowEndError,
  FlowError,
  PolicyFlowError,
  QuestionError,
  OptionsError,
  ParseError,
  ResultsError,
  SnapshotError,
];

const isUsersMistake = (error: unknown): error is Error =>
  MISTAKES.some((kind) => error instanceof kind);

function describeProgram(io: Io, finish: (code: ExitCode) => void): Command {
  const program = new Command('podpath')
    .description(
      'What would a Kubernetes cluster do with this packet, under Calico, Flannel or Weave Net?',
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .showHelpAfterError('(podpath --help tells how it is used)')
    .addHelpText('after', HELP_EXAMPLES);

  withInput(
    program.command('trace'),
    'walk one flow through the cluster and show every hop',
    '[input...]',
  )
    .option('--snapshot <directory>', 'walk the state of real nodes instead (snapshot-script)')
    .requiredOption(
      '--from <end>',
      'who connects: namespace/pod, node:NAME, or an address outside; ' +
        'in a snapshot node:NAME, ns:NODE/NAMESPACE or ip:ADDRESS',
    )
    .requiredOption(
      '--to <end>',
      'to whom: namespace/pod, svc:namespace/name, node:NAME, or an address; ' +
        'in a snapshot an address',
    )
    .option('--port <number>', 'destination port')
    .option('--protocol <name>', 'tcp, udp, sctp or icmp', 'tcp')
    .option('--source-port <number>', 'source port; otherwise one of the ephemeral range')
    .option('--family <4|6>', 'address family to dial')
    .addOption(pluginOption(PLUGIN_NAMES.join(',')))
    .addOption(
      new Option('--format <format>', 'output')
        .choices(['text', 'json', 'pcapng', 'mermaid'])
        .default('text'),
    )
    .option('--output <file>', 'write there instead of to standard output')
    .action(async (inputs: string[], options: TraceOptions & Partial<TraceSnapshotOptions>) =>
      finish(await traceEither(inputs, options, io)),
    );

  program
    .command('snapshot-script')
    .description('print the shell script that collects the state of a node for trace --snapshot')
    .action(() => {
      io.out(readSnapshotScript());
      finish(0);
    });

  withInput(
    program.command('snapshot'),
    'write the emulated cluster as the snapshot that would be taken of a real one',
  )
    .addOption(pluginOption().makeOptionMandatory())
    .requiredOption('--output <directory>', 'where to write a folder for each node')
    .action(async (inputs: string[], options: SnapshotOptions) =>
      finish(await snapshot(inputs, options, io)),
    );

  describeQuestions(program, io, finish);

  withInput(
    program.command('compare'),
    'show what differs between the plugins: verdicts, paths, costs',
  )
    .addOption(pluginOption(PLUGIN_NAMES.join(',')))
    .addOption(
      new Option('--format <format>', 'output')
        .choices(['text', 'json', 'markdown'])
        .default('text'),
    )
    .option('--max-flows <count>', 'connections to walk at most', '20000')
    .action(async (inputs: string[], options: CompareCommandOptions) =>
      finish(await compare(inputs, options, io)),
    );

  withInput(
    program.command('verify'),
    'build the cluster in real namespaces too, send the same flows, and show what differs (Linux, root)',
    '[input...]',
  )
    .option(
      '--plugin <names>',
      `any of ${PLUGIN_NAMES.join(', ')}, with commas between; or all`,
      'all',
    )
    .option('--seed <number>', 'which flows are chosen where there are many', '1')
    .option('--flows <count>', 'flows to try under each plugin', '100')
    .option('--json <file>', 'write the results there; - is standard output')
    .action(async (inputs: string[], options: VerifyCommandOptions) =>
      finish(await verify(inputs, options, io)),
    );

  program
    .command('bench')
    .description('measure packet walks, route look-ups, rules, policy, installing and memory')
    .option('--quick', 'fewer sizes and shorter runs: some minutes')
    .option('--filter <text>', 'only subjects with this text in suite, workload or name')
    .option('--json <file>', 'write the results there')
    .action(async (options: BenchOptions) => finish(await bench(options, io)));

  withInput(
    program.command('report'),
    'write Markdown and HTML from a comparison and from benchmark results',
    '[input...]',
  )
    .addOption(pluginOption(PLUGIN_NAMES.join(',')))
    .option('--results <file>', 'JSON of a benchmark run')
    .option('--out <directory>', 'folder to write to', 'reports')
    .action(async (inputs: string[], options: ReportOptions) =>
      finish(await report(inputs, options, io)),
    );

  program
    .command('start')
    .description(
      'compare the plugins on the inputs (or the sample), measure quickly, and write the report',
    )
    .argument('[input...]', 'files or directories of manifests')
    .action(async (inputs: string[]) => finish(await start(inputs, io)));

  return program;
}

async function traceEither(
  inputs: readonly string[],
  options: TraceOptions & Partial<TraceSnapshotOptions>,
  io: Io,
): Promise<ExitCode> {
  const { snapshot } = options;
  if (snapshot !== undefined && inputs.length > 0) {
    throw new UsageError('--snapshot takes the place of manifests: name one or the other');
  }
  if (snapshot !== undefined) return traceSnapshot({ ...options, snapshot }, io);
  if (inputs.length === 0) {
    throw new UsageError('trace through what? Name manifests, or --snapshot DIRECTORY');
  }
  return trace(inputs, options, io);
}

const HELP_EXAMPLES = `
Examples:
  podpath trace shop/ --from shop/frontend --to svc:shop/cart --port 80 --plugin calico
  podpath matrix shop/ --plugin weave
  podpath who-can-reach shop/ --to data/orders-db --port 5432
  podpath diff shop/ new/ --fail-on-widening
  podpath check shop/ --expect expectations.yaml --format junit --output report.xml
  podpath trace --snapshot nodes/ --from ns:node-1/cart-0 --to 10.96.0.10 --port 53 --protocol udp
  kubectl get ns,nodes,pods,svc,netpol -A -o json | podpath compare -
  sudo podpath verify shop/ --plugin calico --flows 200

Exit codes: 0 done, 1 a check failed, 2 bad use or bad input.`;
