import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { RealNetwork } from './real-network.ts';

/** A frame that a device carried, as tcpdump tells it. */
export interface SeenFrame {
  readonly namespace: string;
  readonly device: string;
  readonly direction: 'in' | 'out';
  readonly timeNs: bigint;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

const SETTLE_MS = 250;

/** Watches every device of some namespaces at once. */
export class Capture {
  readonly #watchers: { namespace: string; child: ChildProcess; text: string }[] = [];

  /** Starts watching for packets that match a pcap filter, and waits until every watcher listens. */
  static async start(
    network: RealNetwork,
    namespaces: readonly string[],
    filter: string,
  ): Promise<Capture> {
    const capture = new Capture();
    await Promise.all(namespaces.map((namespace) => capture.#watch(network, namespace, filter)));
    return capture;
  }

  /** Stops watching. The frames of all namespaces, in the order in which the kernel saw them. */
  async stop(): Promise<readonly SeenFrame[]> {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    await Promise.all(
      this.#watchers.map(async ({ child }) => {
        const closed = once(child, 'close');
        child.kill('SIGINT');
        await closed;
      }),
    );
    return this.#watchers
      .flatMap(({ namespace, text }) => parseFrames(namespace, text))
      .sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0));
  }

  async #watch(network: RealNetwork, namespace: string, filter: string): Promise<void> {
    const child = network.start(
      namespace,
      'tcpdump',
      ...['-i', 'any', '-nn', '-tt', '-l', '--immediate-mode', '--time-stamp-precision=nano'],
      filter,
    );
    const watcher = { namespace, child, text: '' };
    this.#watchers.push(watcher);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      watcher.text += text;
    });
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('listening on')) resolve();
      });
      child.once('exit', () => reject(new Error(`tcpdump ended at once: ${said}`)));
    });
  }
}

/** `1700000000.123456789 eth0  Out IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S] …` */
const LINE = /^(\d+)\.(\d{9}) (\S+)\s+(In|Out|P|B|M)\s+IP6? (\S+)\.(\d+) > (\S+)\.(\d+): /;

export function parseFrames(namespace: string, text: string): readonly SeenFrame[] {
  const frames: SeenFrame[] = [];
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [
      ,
      seconds = '',
      nanos = '',
      device = '',
      way,
      source = '',
      sourcePort,
      destination = '',
      destinationPort,
    ] = match;
    frames.push({
      namespace,
      device,
      // `P`, `B` and `M` are received frames too: for another host, broadcast, multicast.
      direction: way === 'Out' ? 'out' : 'in',
      timeNs: BigInt(seconds) * 1_000_000_000n + BigInt(nanos),
      source,
      sourcePort: Number(sourcePort),
      destination,
      destinationPort: Number(destinationPort),
    });
  }
  return frames;
}
