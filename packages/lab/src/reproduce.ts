import { once } from 'node:events';
import type { Flow } from '@podpath/cluster';
import { type DataPath, namespaceOf, planUnderlay, type Trace } from '@podpath/cni';
import type { CapturedFrame } from '@podpath/linux';
import { type EthernetFrame, formatIp, type IpPacket, TcpFlag } from '@podpath/net';
import { Capture, type SeenFrame } from './capture.ts';
import { LabError } from './lab-error.ts';
import { RealNetwork } from './real-network.ts';
import { CLIENT, SERVER } from './socket-scripts.ts';

/** What a socket saw: an answer, a refusal, an error of routing, or nothing. */
export type SocketOutcome = 'answered' | 'refused' | 'unreachable' | 'silence';

/** A device that the request passed, and which way. */
export interface Passage {
  readonly namespace: string;
  readonly device: string;
  readonly direction: 'in' | 'out';
}

export interface Reproduction {
  readonly flow: Flow;
  readonly emulated: {
    readonly outcome: SocketOutcome;
    readonly path: readonly Passage[];
    readonly trace: Trace;
  };
  readonly real: { readonly outcome: string; readonly path: readonly Passage[] };
}

const CLIENT_LIMIT_MS = 800;
const FIRST_SOURCE_PORT = 41_000;

/**
 * A small cluster built twice: emulated, and in real namespaces of this machine from the very same commands. `build`
 * makes it, `run` sends a flow through both, `close` takes the real one down.
 */
export class Reproducer {
  readonly #network: RealNetwork;
  readonly #path: DataPath;
  #sent = 0;

  private constructor(network: RealNetwork, path: DataPath) {
    this.#network = network;
    this.#path = path;
  }

  /** Builds every node and pod of the data path's cluster, which should be small. Throws LabError. */
  static async build(prefix: string, path: DataPath): Promise<Reproducer> {
    const network = new RealNetwork(prefix);
    try {
      for (const program of planUnderlay(path.cluster).base) network.apply(program);
      for (const node of path.cluster.nodes.keys()) {
        for (const program of path.program(node)) network.apply(program);
      }
      await openSockets(network, path);
      return new Reproducer(network, path);
    } catch (error) {
      network.close();
      throw error;
    }
  }

  /** Sends a TCP or UDP flow between pods through the emulated and the real network. */
  async run(flow: Flow): Promise<Reproduction> {
    if (flow.protocol !== 'TCP' && flow.protocol !== 'UDP') {
      throw new LabError(`flows are reproduced with sockets: TCP or UDP, not ${flow.protocol}`);
    }
    const sourcePort = FIRST_SOURCE_PORT + this.#sent++;
    const fixed = { ...flow, sourcePort };
    const trace = this.#path.send(fixed, { capture: true });
    const real = await this.#runReal(fixed, trace, sourcePort);
    return {
      flow: fixed,
      emulated: {
        outcome: socketOutcome(trace),
        path: trace.packet.captures.filter((each) => isRequest(each, sourcePort)).map(passage),
        trace,
      },
      real,
    };
  }

  close(): void {
    this.#network.close();
  }

  async #runReal(flow: Flow, trace: Trace, sourcePort: number): Promise<Reproduction['real']> {
    const protocol = flow.protocol === 'TCP' ? 'tcp' : 'udp';
    const from = trace.packet.request[0]?.namespace;
    if (from === undefined) throw new LabError('the emulated flow left no trace');
    // Replies carry the port as destination, so the source port alone picks the request, wrapped or not.
    const wrapped = 'udp port 4789 or udp port 8472';
    const capture = await Capture.start(
      this.#network,
      this.#network.namespaces(),
      `(${protocol} src port ${sourcePort}) or ${wrapped}`,
    );
    const client = this.#network.start(
      from,
      process.execPath,
      '-e',
      CLIENT,
      protocol,
      formatIp(dialled(trace)),
      String(flow.port),
      String(sourcePort),
      String(CLIENT_LIMIT_MS),
    );
    let said = '';
    client.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await once(client, 'close');
    const frames = await capture.stop();
    return { outcome: said.trim(), path: requestPath(frames, sourcePort) };
  }
}

/** The first copy of the request on each device: a later one is a retransmission, or the handshake going on. */
function requestPath(frames: readonly SeenFrame[], sourcePort: number): readonly Passage[] {
  const seen = new Set<string>();
  const path: Passage[] = [];
  let tunnelSource: string | undefined;
  for (const frame of frames) {
    if (frame.sourcePort !== sourcePort) {
      // The first encapsulated packet is the request's; what comes the other way is the answer's.
      tunnelSource ??= frame.source;
      if (frame.source !== tunnelSource) continue;
    }
    const key = `${frame.namespace} ${frame.device} ${frame.direction}`;
    if (seen.has(key)) continue;
    seen.add(key);
    path.push(passage(frame));
  }
  return path;
}

const passage = ({ namespace, device, direction }: Passage): Passage => ({
  namespace,
  device,
  direction,
});

const isRequest = ({ frame }: CapturedFrame, sourcePort: number): boolean => {
  const packet = innermost(frame);
  if (packet === undefined) return false;
  const { payload } = packet;
  if (payload.kind === 'tcp') {
    return payload.srcPort === sourcePort && (payload.flags & TcpFlag.SYN) !== 0;
  }
  return payload.kind === 'udp' && payload.srcPort === sourcePort;
};

function innermost(frame: EthernetFrame): IpPacket | undefined {
  const packet = frame.payload;
  if (packet.kind !== 'ipv4' && packet.kind !== 'ipv6') return undefined;
  const { payload } = packet;
  if (payload.kind === 'udp' && !(payload.payload instanceof Uint8Array)) {
    return innermost(payload.payload.inner);
  }
  return packet;
}

/** The address on the first packet as the socket wrote it. */
function dialled(trace: Trace) {
  for (const step of trace.packet.request[0]?.steps ?? []) {
    if (step.packet !== undefined) return step.packet.dst;
  }
  throw new LabError('the emulated flow left no packet');
}

function socketOutcome(trace: Trace): SocketOutcome {
  switch (trace.outcome) {
    case 'delivered':
      return trace.packet.replyOutcome === 'delivered' ? 'answered' : 'silence';
    case 'refused':
    case 'rejected':
      return 'refused';
    case 'unreachable':
      return 'unreachable';
    case 'dropped':
    case 'expired':
    case 'too-big':
    case 'undecided':
    case 'looped':
      return 'silence';
  }
}

/** One process a pod listens on what its containers declare. */
async function openSockets(network: RealNetwork, path: DataPath): Promise<void> {
  const opening: Promise<void>[] = [];
  for (const pod of path.cluster.pods.values()) {
    const specs = pod.ports
      .filter((port) => port.protocol !== 'SCTP')
      .map((port) => `${port.protocol.toLowerCase()}:${port.port}`);
    if (pod.hostNetwork || specs.length === 0) continue;
    const server = network.start(namespaceOf.pod(pod), process.execPath, '-e', SERVER, ...specs);
    opening.push(
      new Promise((resolve, reject) => {
        let problem = '';
        server.stdout?.setEncoding('utf8').on('data', (text: string) => {
          if (text.includes('ready')) resolve();
        });
        server.stderr?.setEncoding('utf8').on('data', (text: string) => {
          problem += text;
        });
        server.once('exit', () =>
          reject(new LabError(`the server in ${pod.name} ended: ${problem}`)),
        );
      }),
    );
  }
  await Promise.all(opening);
}
