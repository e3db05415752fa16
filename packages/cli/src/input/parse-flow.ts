import { type Cluster, type Flow, type FlowProtocol, parseFlowEnd } from '@podpath/cluster';
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
  const protocol = PROTOCOLS.find((each) => each === options.protocol.toUpperCase());
  if (protocol === undefined) {
    throw new UsageError(
      `--protocol: '${options.protocol}'; expected ${PROTOCOLS.join(', ').toLowerCase()}`,
    );
  }
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
