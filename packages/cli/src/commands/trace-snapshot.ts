import {
  capturesToPcapng,
  formatTrace,
  loadSnapshot,
  type PacketTrace,
  type Probe,
  type Snapshot,
  traceToJson,
} from '@podpath/linux';
import { familyOf, formatIp, type Ip, tryParseIp } from '@podpath/net';
import { parseTransport } from '../input/parse-flow.ts';
import { createSnapshotReader } from '../input/snapshot-files.ts';
import { type ExitCode, type Io, UsageError } from '../io.ts';
import { checkOutput, writeOutput } from '../output/write-output.ts';

export interface TraceSnapshotOptions {
  readonly snapshot: string;
  readonly from: string;
  readonly to: string;
  readonly port?: string;
  readonly protocol: string;
  readonly sourcePort?: string;
  readonly format: 'text' | 'json' | 'pcapng';
  readonly output?: string;
}

const PROTOCOLS = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp', ICMP: 'icmp' } as const;

/** `podpath trace --snapshot`: a flow's way through the state of real nodes. */
export async function traceSnapshot(options: TraceSnapshotOptions, io: Io): Promise<ExitCode> {
  checkOutput(options, io);
  const to = parseTo(options.to);
  const { protocol, port, sourcePort } = parseTransport(options);
  const snapshot = loadSnapshot(options.snapshot, createSnapshotReader(io.cwd));
  const from = snapshot.end(options.from);
  if (from.source !== undefined && familyOf(from.source) !== familyOf(to)) {
    throw new UsageError(`--from ${options.from} and --to ${options.to} are of different families`);
  }
  const trace = snapshot.send(
    {
      from,
      to,
      port,
      protocol: PROTOCOLS[protocol],
      ...(sourcePort === undefined ? {} : { sourcePort }),
    },
    { capture: options.format === 'pcapng' },
  );
  const flow = { from: options.from, to, protocol: PROTOCOLS[protocol], port };
  if (options.format !== 'json') for (const note of snapshot.notes) io.err(`note: ${note}\n`);
  await writeOutput(render(flow, trace, snapshot, options), options.output, io);
  return 0;
}

function parseTo(text: string): Ip {
  const address = tryParseIp(text.replace(/^ip:/, ''));
  if (address !== undefined) return address;
  throw new UsageError(`--to: '${text}'; with --snapshot, expected an IP address`);
}

interface SnapshotFlow {
  readonly from: string;
  readonly to: Ip;
  readonly protocol: Probe['protocol'];
  readonly port: number;
}

function render(
  { from, to, protocol, port }: SnapshotFlow,
  trace: PacketTrace,
  snapshot: Snapshot,
  options: TraceSnapshotOptions,
): string | Uint8Array {
  switch (options.format) {
    case 'text': {
      const end = protocol === 'icmp' ? 'ICMP' : `${protocol.toUpperCase()} ${port}`;
      const head = `${options.snapshot}: ${from} → ${formatIp(to)} ${end}: ${trace.outcome}`;
      return `${head}\n  ${trace.reason}\n\n${formatTrace(trace)}`;
    }
    case 'json': {
      const value = {
        snapshot: options.snapshot,
        flow: { from, to: formatIp(to), protocol: protocol.toUpperCase(), port },
        ...traceToJson(trace),
        notes: snapshot.notes,
      };
      return `${JSON.stringify(value, null, 2)}\n`;
    }
    case 'pcapng':
      return capturesToPcapng(trace.captures);
  }
}
