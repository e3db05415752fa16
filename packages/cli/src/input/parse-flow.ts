import { type Cluster, type Flow, type FlowProtocol, parseFlowEnd } from '@podpath/cluster';
import type { TrafficFilter } from '@podpath/policy';
import { UsageError } from '../io.ts';

export interface FlowOptions {
  readonly from: string;
  readonly to: string;
  readonly port?: string;
  readonly protocol: string;
  readonly sourcePort?: string;
  readonly family?: string;
}

const PROTOCOLS: readonly FlowProtocol[] = ['TCP', 'UDP', 'SCTP', 'ICMP'];
const LAST_PORT = 65535;

/** The flow that `--from`, `--to`, `--port` and `--protocol` describe. Throws UsageError or FlowEndError. */
export function parseFlow(options: FlowOptions, cluster: Cluster): Flow {
  return {
    from: parseFlowEnd(options.from, cluster),
    to: parseFlowEnd(options.to, cluster),
    ...parseTransport(options),
    ...(options.family === undefined ? {} : { family: parseFamily(options.family) }),
  };
}

/** What `--protocol`, `--port` and `--source-port` say; the port of ICMP is 0. Throws UsageError. */
export function parseTransport(
  options: Pick<FlowOptions, 'port' | 'protocol' | 'sourcePort'>,
): Pick<Flow, 'protocol' | 'port' | 'sourcePort'> {
  const protocol = parseProtocol(options.protocol);
  if (protocol !== 'ICMP' && options.port === undefined) {
    throw new UsageError(`--port is missing; ${protocol} needs one`);
  }
  return {
    protocol,
    port: protocol === 'ICMP' ? 0 : parsePort('--port', options.port ?? ''),
    ...(options.sourcePort === undefined
      ? {}
      : { sourcePort: parsePort('--source-port', options.sourcePort) }),
  };
}

/** The port or protocol that a question is narrowed to; absent when neither is given. Throws UsageError. */
export function parseTraffic({
  port,
  protocol,
}: Partial<Pick<FlowOptions, 'port' | 'protocol'>>): TrafficFilter | undefined {
  if (port === undefined && protocol === undefined) return undefined;
  const parsed = parseProtocol(protocol ?? 'tcp');
  if (port === undefined) return { protocol: parsed };
  if (parsed === 'ICMP') throw new UsageError('--port: ICMP has no ports');
  return { protocol: parsed, port: parsePort('--port', port) };
}

function parseProtocol(text: string): FlowProtocol {
  const protocol = PROTOCOLS.find((each) => each === text.toUpperCase());
  if (protocol !== undefined) return protocol;
  throw new UsageError(`--protocol: '${text}'; expected ${PROTOCOLS.join(', ').toLowerCase()}`);
}

function parsePort(option: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > LAST_PORT) {
    throw new UsageError(`${option}: '${text}'; expected a number from 1 to ${LAST_PORT}`);
  }
  return port;
}

function parseFamily(text: string): 4 | 6 {
  if (text === '4') return 4;
  if (text === '6') return 6;
  throw new UsageError(`--family: '${text}'; expected 4 or 6`);
}
