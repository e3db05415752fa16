import { cloneFrame, type EthernetFrame } from '@podpath/net';
import { applyCommand } from './apply/apply-command.ts';
import { addLoopback } from './apply/link-add.ts';
import type { Program } from './commands.ts';
import { SocketBuffer } from './core.ts';
import { removeDevice } from './devices/remove-device.ts';
import { Handshakes } from './devices/wireguard/handshakes.ts';
import { type Kernel, Namespace } from './namespace.ts';
import { viewOf } from './namespace-view.ts';
import type { Netfilter, NetfilterEnvironment } from './netfilter/netfilter.ts';
import { UntouchedNetfilter } from './netfilter/untouched-netfilter.ts';
import { netfilterEnvironment } from './netfilter-environment.ts';
import type {
  NamespaceView,
  Network,
  NetworkOptions,
  PacketFlow,
  Probe,
  SendOptions,
} from './network.ts';
import { attachProgram } from './programs/attach-program.ts';
import type { FrameProgram } from './programs/frame-program.ts';
import { Recorder } from './recording/recorder.ts';
import { EventQueue } from './simulation/event-queue.ts';
import { Random } from './simulation/random.ts';
import { Conversation } from './sockets/conversation.ts';
import { sendProbe } from './sockets/send-probe.ts';
import type { PacketTrace } from './trace.ts';
import { sendIcmpError } from './walk/icmp-error.ts';
import { reject } from './walk/reject.ts';

/** More than this happens after one probe only where frames multiply without end. */
const USUAL_MAX_EVENTS = 100_000;

/** A network whose namespaces have the netfilter that is handed in. */
export function buildNetwork(
  options: NetworkOptions,
  createNetfilter: (environment: NetfilterEnvironment) => Netfilter,
): Network {
  return new EmulatedNetwork(options, createNetfilter);
}

class EmulatedNetwork implements Network {
  readonly #namespaces = new Map<string, { namespace: Namespace; view: NamespaceView }>();
  readonly #inside = new Map<string, Namespace>();
  readonly #kernel: Kernel;
  readonly #createNetfilter: (environment: NetfilterEnvironment) => Netfilter;

  constructor(
    { seed = 1, draw, tunnelSourcePort, onFlood, maxEvents = USUAL_MAX_EVENTS }: NetworkOptions,
    createNetfilter: (environment: NetfilterEnvironment) => Netfilter,
  ) {
    this.#createNetfilter = createNetfilter;
    const random = new Random(seed);
    this.#kernel = {
      queue: new EventQueue(),
      maxEvents,
      random,
      draw,
      flowHashSeed: random.next32(),
      handshakes: new Handshakes(new Random(seed)),
      tunnelSourcePort,
      namespaces: this.#inside,
      recorder: undefined,
      conversation: undefined,
      onFlood,
      answers: { icmpError: sendIcmpError, reject },
    };
  }

  get nowMs(): number {
    return this.#kernel.queue.nowMs;
  }

  addNamespace(name: string): NamespaceView {
    if (this.#namespaces.has(name)) throw new RangeError(`there is a namespace ${name} already`);
    const namespace = new Namespace(
      name,
      this.#kernel,
      (inside) => new UntouchedNetfilter(() => this.#createNetfilter(netfilterEnvironment(inside))),
    );
    addLoopback(namespace);
    const view = viewOf(namespace);
    this.#namespaces.set(name, { namespace, view });
    this.#inside.set(name, namespace);
    return view;
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name);
  }

  namespace(name: string): NamespaceView {
    return this.#known(name).view;
  }

  namespaceNames(): readonly string[] {
    return [...this.#namespaces.keys()];
  }

  deleteNamespace(name: string): void {
    const { namespace } = this.#known(name);
    for (const device of [...namespace.devices.values()]) removeDevice(namespace, device);
    this.#namespaces.delete(name);
    this.#inside.delete(name);
  }

  apply(program: Program): void {
    const { namespace } = this.#known(program.namespace);
    for (const command of program.commands) applyCommand(namespace, command);
  }

  listen(namespace: string, protocol: 'tcp' | 'udp' | 'sctp', port: number): void {
    this.#known(namespace).namespace.sockets.listen(protocol, port);
  }

  attachProgram(namespace: string, program: FrameProgram): void {
    attachProgram(this.#known(namespace).namespace, program);
  }

  send(probe: Probe, options?: SendOptions): PacketTrace {
    return this.#sendNext(new Conversation(probe, this.#kernel.random), options);
  }

  open(probe: Probe): PacketFlow {
    if (probe.protocol === 'sctp')
      throw new RangeError('of SCTP only the first packet is emulated');
    const conversation = new Conversation(probe, this.#kernel.random);
    return { send: (options) => this.#sendNext(conversation, options) };
  }

  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError('time goes forward only');
    const { queue, maxEvents } = this.#kernel;
    const until = queue.nowMs + ms;
    queue.run(maxEvents, until);
    queue.nowMs = until;
  }

  transmit(name: string, device: string, frame: EthernetFrame, options?: SendOptions): PacketTrace {
    const { namespace } = this.#known(name);
    const way = namespace.devices.get(device);
    if (way === undefined) throw new RangeError(`${name} has no device ${device}`);
    return this.#watch(options, (recorder) => {
      const { payload, src, dst } = cloneFrame(frame);
      const packet = new SocketBuffer(payload, name, recorder, 'request');
      packet.source = src;
      packet.destination = dst;
      way.transmit(packet);
    });
  }

  #sendNext(conversation: Conversation, options: SendOptions | undefined): PacketTrace {
    const { namespace } = this.#known(conversation.probe.namespace);
    this.#kernel.conversation = conversation;
    try {
      return this.#watch(options, (recorder) => sendProbe(namespace, conversation, recorder));
    } finally {
      namespace.sockets.asker = undefined;
      this.#kernel.conversation = undefined;
    }
  }

  /** Records what comes of something until nothing moves. */
  #watch(
    { trace = true, capture = false }: SendOptions = {},
    start: (recorder: Recorder) => void,
  ): PacketTrace {
    const recorder = new Recorder({
      tracing: trace,
      capturing: capture,
      nowMs: () => this.#kernel.queue.nowMs,
    });
    this.#kernel.recorder = recorder;
    try {
      start(recorder);
      const { queue, maxEvents } = this.#kernel;
      const settled = queue.run(maxEvents);
      if (!settled) recorder.giveUp(`still something moving after ${maxEvents} events`);
    } finally {
      this.#kernel.recorder = undefined;
    }
    return recorder.result();
  }

  #known(name: string): { namespace: Namespace; view: NamespaceView } {
    const known = this.#namespaces.get(name);
    if (known === undefined) throw new RangeError(`there is no namespace ${name}`);
    return known;
  }
}
