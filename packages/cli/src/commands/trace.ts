import type { Flow } from '@podpath/cluster';
import { formatFlowEnd } from '@podpath/cluster';
import type { DataPath, NetworkPlugin, Trace } from '@podpath/cni';
import { capturesToPcapng, traceToJson } from '@podpath/linux';
import { type Verdict, verdictMermaid } from '@podpath/policy';
import { type InputOptions, loadInput } from '../input/load-input.ts';
import { type FlowOptions, parseFlow } from '../input/parse-flow.ts';
import { readPluginOptions } from '../input/plugin-options.ts';
import { type ExitCode, type Io, UsageError } from '../io.ts';
import { traceText } from '../output/trace-text.ts';
import { checkOutput, writeOutput } from '../output/write-output.ts';
import { pluginsNamed } from '../plugins.ts';

export interface TraceOptions extends InputOptions, FlowOptions {
  readonly plugin: string;
  readonly pluginOptions?: string;
  /** `mermaid` draws the policies' word on the flow. */
  readonly format: 'text' | 'json' | 'pcapng' | 'mermaid';
  readonly output?: string;
}

/** `podpath trace`: one flow's way under each chosen plugin. */
export async function trace(
  inputs: readonly string[],
  options: TraceOptions,
  io: Io,
): Promise<ExitCode> {
  const plugins = pluginsNamed(options.plugin);
  if (options.format === 'pcapng' && plugins.length !== 1) {
    throw new UsageError('--format pcapng writes one capture: choose one plugin with --plugin');
  }
  checkOutput(options, io);
  const cluster = await loadInput(inputs, options, io);
  const flow = parseFlow(options, cluster);
  const settings = await readPluginOptions(options.pluginOptions, io);
  const results = plugins.map((plugin) => {
    const path = plugin.install(cluster, plugin.configure(settings.get(plugin.name)));
    const walked = path.send(flow, { capture: options.format === 'pcapng' });
    return { plugin, path, walked, verdict: verdictFor(path, flow, walked) };
  });
  await writeOutput(render(results, options.format), options.output, io);
  return 0;
}

interface Result {
  readonly plugin: NetworkPlugin;
  readonly path: DataPath;
  readonly walked: Trace;
  readonly verdict: Verdict | undefined;
}

/** Policy's word on the flow; on a Service's, that for the pod that it was sent to. */
function verdictFor(path: DataPath, flow: Flow, walked: Trace): Verdict | undefined {
  if (flow.to.kind !== 'service') return path.verdict(flow);
  const { servedBy } = walked;
  const service = path.cluster.services.get(`${flow.to.namespace}/${flow.to.name}`);
  const target = service?.ports.find((port) => port.port === flow.port)?.targetPort;
  const port =
    typeof target === 'string'
      ? servedBy?.ports.find((each) => each.name === target)?.port
      : target;
  if (servedBy === undefined || port === undefined) return undefined;
  const to = { kind: 'pod' as const, namespace: servedBy.namespace, name: servedBy.name };
  return path.verdict({ ...flow, to, port });
}

function render(results: readonly Result[], format: TraceOptions['format']): string | Uint8Array {
  switch (format) {
    case 'text':
      return results
        .map(({ plugin, path, walked, verdict }) => {
          const notes = [
            ...(plugin.features.enforcesPolicy
              ? []
              : [`${plugin.title} enforces no NetworkPolicy`]),
            ...path.notes,
          ];
          return (
            traceText(plugin.title, walked, verdict) +
            notes.map((note) => `note: ${note}\n`).join('')
          );
        })
        .join('\n');
    case 'json':
      return `${JSON.stringify(results.map(resultJson), null, 2)}\n`;
    case 'mermaid':
      return mermaid(results);
    case 'pcapng':
      return capturesToPcapng(results[0]?.walked.packet.captures ?? []);
  }
}

/** Policies say the same whatever plugin there is. */
function mermaid(results: readonly Result[]): string {
  const [result] = results;
  if (result?.verdict === undefined) {
    throw new UsageError(
      '--format mermaid draws what policies say, and nobody serves this Service',
    );
  }
  const { from, to, protocol, port } = result.walked.flow;
  return verdictMermaid(result.verdict, {
    from: formatFlowEnd(from),
    to: formatFlowEnd(to),
    what: protocol === 'ICMP' ? protocol : `${protocol} ${port}`,
  });
}

const resultJson = ({ plugin, path, walked, verdict }: Result) => ({
  plugin: plugin.name,
  enforcesPolicy: plugin.features.enforcesPolicy,
  flow: {
    from: formatFlowEnd(walked.flow.from),
    to: formatFlowEnd(walked.flow.to),
    protocol: walked.flow.protocol,
    port: walked.flow.port,
  },
  ...(walked.servedBy === undefined
    ? {}
    : { servedBy: `${walked.servedBy.namespace}/${walked.servedBy.name}` }),
  ...(verdict === undefined ? {} : { verdict }),
  ...traceToJson(walked.packet),
  notes: path.notes,
});
