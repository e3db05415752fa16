import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calico } from '@podpath/calico';
import { type Cluster, clusterFromObjects, type Flow, type FlowEnd } from '@podpath/cluster';
import { type DataPath, type NetworkPlugin, namespaceOf, planUnderlay } from '@podpath/cni';
import { flannel } from '@podpath/flannel';
import {
  formatRule,
  type Hop,
  loadSnapshot,
  type PacketTrace,
  type Snapshot,
  type SnapshotReader,
  type Step,
} from '@podpath/linux';
import { formatIp, formatMac, type Ip, type IpFamily } from '@podpath/net';
import { weave } from '@podpath/weave';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoLab } from './host.ts';
import { RealNetwork } from './real-network.ts';
import { SERVER } from './socket-scripts.ts';

/*
 * A cluster is built in real namespaces, the collecting script runs in each node, and what it wrote is loaded again:
 * a flow must then go the way that it goes in the emulated cluster that the real one was built from.
 */

const reason = whyNoLab();
if (reason !== undefined) console.log(`no snapshots of real namespaces are taken: ${reason}`);

const SCRIPT = fileURLToPath(new URL('../../cli/snapshot/collect.sh', import.meta.url));

const disk: SnapshotReader = {
  folders: (path) =>
    isFolder(path)
      ? readdirSync(path, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => name)
      : [],
  read: (path) => (isFile(path) ? readFileSync(path, 'utf8') : undefined),
};
const isFolder = (path: string) =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function cluster(families: readonly IpFamily[]): Cluster {
  const pod = (name: string, nodeName: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'app', name, labels: { app: name } },
    spec: {
      nodeName,
      containers: [{ name: 'main', ports: [{ containerPort: 80 }] }],
    },
  });
  const service = (name: string, targetPort: number) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'app', name },
    spec: { selector: { app: name }, ports: [{ port: 8080, targetPort }] },
  });
  return clusterFromObjects(
    [
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } },
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-2' } },
      pod('known', 'node-1'),
      pod('stranger', 'node-1'),
      pod('near', 'node-1'),
      pod('far', 'node-2'),
      service('near', 80),
      service('far', 80),
      ...['near', 'far'].map((name) => ({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { namespace: 'app', name },
        spec: {
          podSelector: { matchLabels: { app: name } },
          ingress: [
            { from: [{ podSelector: { matchLabels: { app: 'known' } } }], ports: [{ port: 80 }] },
          ],
        },
      })),
    ],
    { families },
  );
}

/** A cluster in real namespaces, and the snapshot that the script took of it. */
class Collected {
  readonly folder = mkdtempSync(join(tmpdir(), 'podpath-snapshot-'));
  readonly network: RealNetwork;
  readonly path: DataPath;

  constructor(label: string, path: DataPath) {
    this.network = new RealNetwork(label);
    this.path = path;
  }

  async build(): Promise<void> {
    const { path, network } = this;
    for (const program of planUnderlay(path.cluster).base) network.apply(program);
    for (const node of path.cluster.nodes.keys()) {
      for (const program of path.program(node)) network.apply(program);
    }
    await Promise.all(
      [...path.cluster.pods.values()].map((pod) => this.#listen(namespaceOf.pod(pod))),
    );
    for (const namespace of network.namespaces()) await this.#settle(namespace);
    for (const node of path.cluster.nodes.values()) this.#collect(node.name);
  }

  async #listen(namespace: string): Promise<void> {
    const server = this.network.start(namespace, process.execPath, '-e', SERVER, 'tcp:80');
    await new Promise((resolve) => server.stdout?.once('data', resolve));
  }

  /** Until duplicates have been looked for, IPv6 addresses are not in use. */
  async #settle(namespace: string): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if (this.network.read(namespace, 'ip', 'address', 'show', 'tentative') === '') return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`addresses in ${namespace} stay tentative`);
  }

  #collect(node: string): void {
    const pods = [...this.path.cluster.pods.values()].filter((pod) => pod.node === node);
    const only = pods.flatMap((pod) => ['-p', this.network.namespace(namespaceOf.pod(pod))]);
    execFileSync(
      'ip',
      [
        ...['netns', 'exec', this.network.namespace(namespaceOf.node(node))],
        ...['sh', SCRIPT, '-n', node, '-o', this.folder, ...only],
      ],
      { stdio: 'pipe' },
    );
  }

  load(): Snapshot {
    return loadSnapshot(this.folder, disk);
  }

  /** The name of a namespace in the snapshot. */
  snapshotName(emulated: string): string {
    const pod = [...this.path.cluster.pods.values()].find(
      (each) => namespaceOf.pod(each) === emulated,
    );
    return pod === undefined ? emulated : `pod/${pod.node}/${this.network.namespace(emulated)}`;
  }

  /** The folder of a namespace in the snapshot. */
  folderOf(emulated: string): string {
    const [, node = '', name] = this.snapshotName(emulated).split('/');
    const folder = join(this.folder, node);
    return name === undefined ? folder : join(folder, 'namespaces', name);
  }

  close(): void {
    this.network.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A trace without what one kernel draws at random and another draws otherwise: MACs, identifiers, ports of tunnels. */
function comparable(trace: PacketTrace, rename: (namespace: string) => string) {
  const hops = (list: readonly Hop[] | undefined) =>
    list?.map(({ namespace, steps }) => ({
      namespace: rename(namespace),
      steps: steps.map(stepText),
    }));
  return {
    outcome: trace.outcome,
    request: hops(trace.request),
    reply: hops(trace.reply),
    replyOutcome: trace.replyOutcome,
  };
}

function stepText(step: Step): string {
  switch (step.kind) {
    case 'send':
    case 'deliver':
      return `${step.kind} ${step.socket}`;
    case 'receive':
    case 'transmit':
      return `${step.kind} ${step.device}`;
    case 'route':
      return `route ${step.table} ${step.route} ${step.device} ${text(step.via)} ${text(step.source)}`;
    case 'rule':
      return `rule ${step.table} ${step.chain} ${step.index} ${formatRule(step.rule, 4)}`;
    case 'policy':
      return `policy ${step.table} ${step.chain} ${step.verdict}`;
    case 'nat':
      return `nat ${step.manipulation} ${step.from} → ${step.to}`;
    case 'conntrack':
      return `conntrack ${step.state}`;
    case 'neighbour':
      return `neighbour ${text(step.address)} ${step.device} ${step.how}`;
    case 'bridge':
      return `bridge ${step.bridge} ${step.decision} ${step.ports.join(' ')}`;
    case 'encapsulate':
      return `encapsulate ${step.device} ${step.protocol} ${step.overheadBytes}`;
    case 'decapsulate':
      return `decapsulate ${step.device} ${step.protocol}`;
    case 'end':
      return `end ${step.outcome}`;
    default:
      return step.kind;
  }
}

const text = (ip: Ip | undefined): string => (ip === undefined ? '-' : formatIp(ip));

const withoutComments = (dump: string): string => dump.replaceAll(/^#.*\n/gm, '');

const podEnd = (name: string): FlowEnd => ({ kind: 'pod', namespace: 'app', name });
const serviceEnd = (name: string): FlowEnd => ({ kind: 'service', namespace: 'app', name });

function dialled(trace: PacketTrace): Ip {
  for (const step of trace.request[0]?.steps ?? []) {
    if (step.kind === 'send' && step.packet !== undefined) return step.packet.dst;
  }
  throw new Error('the emulated flow left no packet');
}

const flowsTo = (places: readonly string[], families: readonly IpFamily[]): readonly Flow[] =>
  places.flatMap((place) =>
    families.flatMap((family): Flow[] => [
      { from: podEnd('known'), to: podEnd(place), protocol: 'TCP', port: 80, family },
      { from: podEnd('stranger'), to: podEnd(place), protocol: 'TCP', port: 80, family },
      { from: podEnd('known'), to: podEnd(place), protocol: 'TCP', port: 81, family },
      { from: podEnd('known'), to: podEnd(place), protocol: 'UDP', port: 80, family },
      { from: podEnd('known'), to: podEnd(place), protocol: 'ICMP', port: 0, family },
      ...(family === 4
        ? [
            {
              from: podEnd('known'),
              to: serviceEnd(place),
              protocol: 'TCP',
              port: 8080,
              family,
            } as const,
            {
              from: podEnd('stranger'),
              to: serviceEnd(place),
              protocol: 'TCP',
              port: 8080,
              family,
            } as const,
          ]
        : []),
    ]),
  );

const describeFlow = ({ from, to, protocol, port, family }: Flow): string =>
  `${nameOf(from)} to ${to.kind} ${nameOf(to)}, ${protocol} ${port}, IPv${family}`;
const nameOf = (end: FlowEnd): string => ('name' in end ? end.name : end.kind);

function holds(
  plugin: NetworkPlugin,
  families: readonly IpFamily[],
  places: readonly string[],
): void {
  const install = () => plugin.install(cluster(families), plugin.configure({}));
  describe.skipIf(reason !== undefined)(
    `a snapshot of ${plugin.title} with IPv${families.join(' and ')}${reason === undefined ? '' : ` (skipped: ${reason})`}`,
    () => {
      let collected: Collected;
      beforeAll(async () => {
        collected = new Collected(`${plugin.name}${families.length}`, install());
        await collected.build();
      }, 120_000);
      afterAll(() => collected?.close());

      it.each(flowsTo(places, families).map((flow) => [describeFlow(flow), flow] as const))(
        'leads a packet the same way: %s',
        (_, asked) => {
          const flow = { ...asked, sourcePort: 41_000 };
          const emulated = install().send(flow).packet;
          const snapshot = collected.load();
          const from = collected.snapshotName(emulated.request[0]?.namespace ?? '');
          const traced = snapshot.send({
            from: snapshot.end(`ns:${from.slice('pod/'.length)}`),
            to: dialled(emulated),
            protocol: flow.protocol === 'TCP' ? 'tcp' : flow.protocol === 'UDP' ? 'udp' : 'icmp',
            port: flow.port,
            sourcePort: flow.sourcePort,
          });
          const expected = comparable(emulated, (name) => collected.snapshotName(name));
          expect(comparable(traced, (name) => name)).toEqual(expected);
          expect(traced.request.length).toBeGreaterThanOrEqual(1);
        },
        20_000,
      );

      it('has the rules, sets and routes that the kernel printed', () => {
        const snapshot = collected.load();
        const nodes = [...collected.path.cluster.nodes.keys()];
        for (const node of nodes) snapshot.end(`node:${node}`);
        const emulated = [...collected.path.cluster.pods.values()].map(namespaceOf.pod);
        for (const name of [...nodes.map(namespaceOf.node), ...emulated]) {
          const view = snapshot.network.namespace(collected.snapshotName(name));
          const real = (...command: string[]) => collected.network.read(name, ...command);
          const printed = (file: string) =>
            withoutComments(readFileSync(join(collected.folderOf(name), file), 'utf8'));
          expect(view.netfilter.iptablesSave(4, { counters: true }), name).toBe(
            printed('iptables-save.txt'),
          );
          expect(view.netfilter.iptablesSave(6, { counters: true }), name).toBe(
            printed('ip6tables-save.txt'),
          );
          expect(lines(view.netfilter.ipsetSave()), name).toEqual(
            lines(printed('ipset-save.txt').replaceAll(/ initval \S+/g, '')),
          );
          for (const family of families) {
            for (const table of [254, 255]) {
              const told = real('ip', `-${family}`, 'route', 'show', 'table', String(table));
              expect(lines(view.ipRoute(family, table)), name).toEqual(lines(told));
            }
          }
          const neighbours = view.neighbours().map(({ device, address, mac }) => {
            const place = `${formatIp(address)} dev ${device}`;
            return mac === undefined ? place : `${place} lladdr ${formatMac(mac)}`;
          });
          const permanent = lines(real('ip', 'neigh', 'show', 'nud', 'permanent'))
            .filter((line) => line !== '')
            .map((line) => line.replace(/ PERMANENT$/, ''));
          expect(neighbours, name).toEqual(expect.arrayContaining(permanent));
        }
      });

      it('says what was assumed, and nothing else', () => {
        const snapshot = collected.load();
        for (const node of snapshot.nodes) snapshot.end(`node:${node}`);
        expect(snapshot.notes).toEqual([
          expect.stringMatching(
            /^taken to be on one link: eth0 of node-1, eth0 of node-2, with a router at /,
          ),
        ]);
      });
    },
  );
}

/** Devices and sets are listed in the order in which they were made, which is not told. */
const lines = (dump: string): readonly string[] =>
  dump
    .split('\n')
    .map((line) => line.trimEnd())
    .sort();

holds(calico, [4], ['near', 'far']);
holds(flannel, [4], ['near', 'far']);
holds(calico, [4, 6], ['near', 'far']);
holds(flannel, [4, 6], ['near', 'far']);
// Between nodes Weave's overlay is an Open vSwitch datapath with a user-space router, which no dump shows.
holds(weave, [4], ['near']);
