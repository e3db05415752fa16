import type { Probe } from '@podpath/linux';
import { formatIp } from '@podpath/net';
import { LabError } from '../lab-error.ts';
import type { FlowObservation, SeenFrame, SocketEvent } from '../observation.ts';
import { Agent, type AgentResult, type AgentStep, textIn } from './agent.ts';
import {
  batchesOf,
  outcomeOf,
  type PlacedCommand,
  type Refusal,
  stepsOf,
} from './command-batches.ts';
import { answerFrame, type PlacedProgram, programStep } from './frame-programs.ts';
import { QUIET_SYSCTLS, SWIFT_NEIGHBOURS } from './quiet.ts';

/** A socket that answers. */
export interface Listener {
  readonly namespace: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

/** A frame made by hand, sent out of a device past everything that the kernel would have done to it. */
export interface ForgedFrame {
  readonly namespace: string;
  readonly device: string;
  /** Its bytes, in hexadecimal. */
  readonly hex: string;
}

/**
 * Real network namespaces, programmed with the commands that emulated ones take, by the real tools. They
 * have no names on the machine, so that nothing on it can be mistaken for them; `reset` takes them down, `close` ends
 * the process that holds them.
 */
export class KernelNetwork {
  readonly #agent = new Agent();

  /** Makes namespaces, empty but for a loopback device that is down, and makes them keep still. */
  async open(namespaces: readonly string[]): Promise<void> {
    await this.#agent.do(
      namespaces.flatMap((namespace): AgentStep[] => [
        { do: 'open', namespace },
        ...QUIET_SYSCTLS.map(
          ([path, text]): AgentStep => ({
            do: 'write',
            namespace,
            path: `/proc/sys/net/${path}`,
            text,
          }),
        ),
      ]),
    );
  }

  /** Carries out commands in order, and goes on after one that is refused. */
  async apply(commands: readonly PlacedCommand[]): Promise<readonly Refusal[]> {
    let batches = batchesOf(commands);
    const refusals: Refusal[] = [];
    while (batches.length > 0) {
      const steps = batches.map(stepsOf);
      const results = await this.#agent.do(steps.flat());
      let from = 0;
      const again = [];
      for (const [at, batch] of batches.entries()) {
        const count = steps[at]?.length ?? 0;
        const outcome = outcomeOf(batch, results.slice(from, from + count));
        from += count;
        refusals.push(...outcome.refusals);
        again.push(...outcome.again);
      }
      batches = again;
    }
    return refusals;
  }

  /** Gives programs the frames of their devices and ports, as `Network.attachProgram` does, until `reset`. */
  async attachPrograms(programs: readonly PlacedProgram[]): Promise<void> {
    const byNamespace = new Map(programs.map((each) => [each.namespace, each.program]));
    this.#agent.answerFrame = (question) => {
      const program = byNamespace.get(textIn(question, 'namespace'));
      return program === undefined ? [] : answerFrame(program, question);
    };
    await this.#agent.do(programs.map(programStep));
  }

  async listen(listeners: readonly Listener[]): Promise<void> {
    await this.#agent.do(listeners.map((listener) => ({ do: 'listen', ...listener })));
  }

  /** Once devices are there: checksums at once, neighbours that answer or fail within hundredths of a second. */
  async settle(namespaces: readonly string[]): Promise<void> {
    await this.#agent.do(
      namespaces.map((namespace) => ({ do: 'settle', namespace, neighbour: SWIFT_NEIGHBOURS })),
    );
  }

  /** Sends what a probe says from a real socket, and watches every device until nothing has moved for `quietMs`. */
  async send(probe: Probe, quietMs: number): Promise<FlowObservation> {
    const { namespace, protocol, to, port, sourcePort, source, ttl, payloadBytes, dontFragment } =
      probe;
    if (protocol === 'sctp') throw new LabError('the lab has no SCTP sockets');
    if (sourcePort === undefined) throw new LabError('a flow needs a source port to be told by');
    const [result] = await this.#agent.do([
      {
        do: 'send',
        ...{ namespace, protocol, to: formatIp(to), port, sourcePort, quietMs },
        ...(source === undefined ? {} : { source: formatIp(source) }),
        ...(ttl === undefined ? {} : { ttl }),
        ...(payloadBytes === undefined ? {} : { bytes: payloadBytes }),
        ...(dontFragment === undefined ? {} : { dontFragment }),
      },
    ]);
    return observationIn(result);
  }

  /** Sends bytes out of a device, as a packet socket does, and watches as `send` does. */
  async forge({ namespace, device, hex }: ForgedFrame, quietMs: number): Promise<FlowObservation> {
    const [result] = await this.#agent.do([{ do: 'forge', namespace, device, hex, quietMs }]);
    return observationIn(result);
  }

  /** Runs commands that only read, in order. Throws LabError when one fails. */
  async read(
    asks: readonly {
      readonly namespace: string;
      readonly argv: readonly string[];
      readonly input?: string;
    }[],
  ): Promise<readonly string[]> {
    const results = await this.#agent.do(asks.map((ask) => ({ do: 'run', ...ask })));
    return results.map((result, at) => {
      if (result.status === 0 && typeof result.out === 'string') return result.out;
      throw new LabError(`${asks[at]?.argv.join(' ')} said: ${String(result.err)}`);
    });
  }

  /** A file of `/proc`, as seen in a namespace; empty when there is none. */
  async readFile(namespace: string, path: string): Promise<string> {
    const [result] = await this.#agent.do([{ do: 'read', namespace, path }]);
    return typeof result?.text === 'string' ? result.text : '';
  }

  /** Forgets the neighbours that namespaces have learned of. */
  async forgetNeighbours(namespaces: readonly string[]): Promise<void> {
    const input = 'neigh flush all\n';
    await this.read(
      namespaces.map((namespace) => ({ namespace, argv: ['ip', '-batch', '-'], input })),
    );
  }

  async wait(ms: number): Promise<void> {
    await this.#agent.do([{ do: 'wait', ms }]);
  }

  /** Takes down every namespace. */
  async reset(): Promise<void> {
    await this.#agent.do([{ do: 'close' }]);
  }

  close(): void {
    this.#agent.close();
  }
}

function observationIn(result: AgentResult | undefined): FlowObservation {
  const { startedMs } = result ?? {};
  return {
    events: eventsIn(result),
    frames: framesIn(result),
    ...(typeof startedMs === 'number' ? { startedMs } : {}),
  };
}

function eventsIn(result: AgentResult | undefined): readonly SocketEvent[] {
  const events: SocketEvent[] = [];
  for (const event of listIn(result, 'events')) {
    if (typeof event !== 'object' || event === null) continue;
    const { kind, bytes, type, code, from, errno }: AgentResult = { ...event };
    if (kind === 'answer' && typeof bytes === 'number') events.push({ kind, bytes });
    else if (kind === 'reset') events.push({ kind });
    else if (kind === 'error') events.push({ kind, errno: String(errno) });
    else if (kind === 'icmp' && typeof type === 'number' && typeof code === 'number') {
      events.push({ kind, type, code, from: String(from) });
    }
  }
  return events;
}

/** Each as `[nanoseconds, namespace, device, direction, hexadecimal bytes, whether its checksum is computed]`. */
function framesIn(result: AgentResult | undefined): readonly SeenFrame[] {
  return listIn(result, 'frames').flatMap((frame): SeenFrame[] => {
    if (!Array.isArray(frame)) return [];
    const [, namespace, device, direction, hex, computed]: unknown[] = frame;
    if (typeof namespace !== 'string' || typeof device !== 'string' || typeof hex !== 'string')
      return [];
    const seen = { namespace, device, direction: direction === 'out' ? 'out' : 'in' } as const;
    const pending = computed === false ? { checksumPending: true } : {};
    return [{ ...seen, bytes: Buffer.from(hex, 'hex'), ...pending }];
  });
}

const listIn = (result: AgentResult | undefined, name: string): readonly unknown[] => {
  const value = result?.[name];
  return Array.isArray(value) ? value : [];
};
