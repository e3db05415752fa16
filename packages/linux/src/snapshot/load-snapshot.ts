import { type EthernetFrame, formatIp, type Ip, type Mac, tryParseIp } from '@podpath/net';
import { createNetwork } from '../create-network.ts';
import type { Network, Probe, SendOptions } from '../network.ts';
import type { LinkRecord } from '../parse/ip-link.ts';
import type { PacketTrace } from '../trace.ts';
import { NamespaceDump } from './namespace-dump.ts';
import { pairVeths, type VethPairs } from './pair-veths.ts';
import type { SwitchPort } from './restore-links.ts';
import { restoreNode } from './restore-node.ts';
import { SnapshotError } from './snapshot-error.ts';
import type { SnapshotReader } from './snapshot-reader.ts';
import { OUTSIDE, planUnderlay, UNDERLAY, type Underlay } from './underlay.ts';
import { type Uplink, uplinksOf } from './uplinks.ts';

/** Where a flow begins. */
export interface SnapshotEnd {
  readonly namespace: string;
  /** The address to speak from, where the user named one. */
  readonly source?: Ip;
}

/** A flow through a snapshot. */
export type SnapshotProbe = Omit<Probe, 'namespace' | 'source'> & { readonly from: SnapshotEnd };

/** The state of real nodes, as one emulated network. Nodes come to life when something first reaches them. */
export interface Snapshot {
  readonly network: Network;
  /** Names of the nodes, sorted. */
  readonly nodes: readonly string[];
  /** What was assumed and left out so far, for people. */
  readonly notes: readonly string[];
  /** Emulated names of the namespaces of a node: its own, then those of its pods. Throws SnapshotError for no such node. */
  namespaces(node: string): readonly string[];
  /** What `node:NAME`, `ns:NODE/NAMESPACE` or `ip:ADDRESS` means. Throws SnapshotError. */
  end(text: string): SnapshotEnd;
  /** Sends a probe. An address that is in no namespace is taken to be a host beyond the router, which answers. */
  send(probe: SnapshotProbe, options?: SendOptions): PacketTrace;
}

/**
 * Loads a snapshot: a folder for each node, as the collecting script writes it. Reads as much as it takes to join the
 * nodes; the rest when it is needed. Throws SnapshotError and ParseError, now or when a node comes to life.
 */
export function loadSnapshot(directory: string, reader: SnapshotReader): Snapshot {
  return new LoadedSnapshot(directory, reader);
}

/** Of its own: what is made up beside the dumps must not be what another emulated network made up for them. */
const SEED = 0x736e_6170;

interface NodeDumps {
  readonly name: string;
  readonly own: NamespaceDump;
  /** Its own namespace, then those of its pods. */
  readonly all: readonly NamespaceDump[];
  pairs: VethPairs | undefined;
  alive: boolean;
}

/** A namespace that has an address. */
interface Owner {
  readonly node: NodeDumps;
  readonly dump: NamespaceDump;
}

class LoadedSnapshot implements Snapshot {
  readonly network: Network;
  readonly #nodes = new Map<string, NodeDumps>();
  readonly #underlay: Underlay;
  readonly #byAddress = new Map<Ip, string>();
  readonly #byMac = new Map<Mac, string>();
  readonly #notes = new Set<string>();
  /** Made when an address is first looked for: it takes the addresses of every namespace. */
  #owners: ReadonlyMap<Ip, readonly Owner[]> | undefined;
  #lonePorts = 0;

  constructor(directory: string, reader: SnapshotReader) {
    const names = [...reader.folders(directory)].sort();
    for (const name of names) this.#nodes.set(name, nodeDumps(directory, name, reader));
    if (names.length === 0) {
      throw new SnapshotError(
        directory,
        'there are no nodes in it',
        'a folder for each node, as `podpath snapshot-script` makes it',
      );
    }
    this.#underlay = planUnderlay([...this.#nodes.values()].flatMap((node) => this.#uplinks(node)));
    for (const note of this.#underlay.notes) this.#notes.add(note);
    this.network = createNetwork({
      seed: SEED,
      onFlood: (namespace, _, frame) => this.#wakeFor(namespace, frame),
    });
    for (const { namespace } of this.#underlay.base) this.network.addNamespace(namespace);
    for (const program of this.#underlay.base) this.network.apply(program);
  }

  get nodes(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  get notes(): readonly string[] {
    return [...this.#notes];
  }

  namespaces(node: string): readonly string[] {
    return this.#node(node, node).all.map(({ namespace }) => namespace);
  }

  end(text: string): SnapshotEnd {
    const colon = text.indexOf(':');
    const rest = text.slice(colon + 1);
    switch (text.slice(0, Math.max(colon, 0))) {
      case 'node':
        return { namespace: this.#wake(this.#node(rest, text)).own.namespace };
      case 'ns':
        return { namespace: this.#namespaceNamed(rest, text) };
      case 'ip': {
        const address = tryParseIp(rest);
        if (address !== undefined) return this.#endAt(address, text);
        throw new SnapshotError(text, 'no IP address', 'ip: and an address such as 10.0.0.1');
      }
      default:
        throw new SnapshotError(
          text,
          'not an end of a flow',
          'node:NAME, ns:NODE/NAMESPACE or ip:ADDRESS',
        );
    }
  }

  send({ from, ...probe }: SnapshotProbe, options?: SendOptions): PacketTrace {
    const { namespace, source } = from;
    const { to, protocol, port } = probe;
    const unknown = this.#ownersOf(to).length === 0;
    if (unknown) {
      this.#addOutside(to);
      if (protocol !== 'icmp') this.network.listen(OUTSIDE, protocol, port);
    }
    const speaking = source === undefined ? {} : { source };
    const trace = this.network.send({ ...probe, namespace, ...speaking }, options);
    if (unknown && trace.request.some((hop) => hop.namespace === OUTSIDE)) this.#noteOutside(to);
    return trace;
  }

  #node(name: string, shown: string): NodeDumps {
    const node = this.#nodes.get(name);
    if (node !== undefined) return node;
    throw new SnapshotError(shown, `there is no node '${name}'`, listed(this.nodes));
  }

  #namespaceNamed(text: string, shown: string): string {
    const slash = text.indexOf('/');
    const node = this.#node(slash < 0 ? text : text.slice(0, slash), shown);
    const name = slash < 0 ? '' : text.slice(slash + 1);
    const pods = node.all.slice(1);
    const found =
      pods.find(({ namespace }) => namespace === podNamespace(node.name, name)) ??
      pods.find((dump) => dump.netnsName() === name);
    if (found !== undefined) return this.#wake(node) && found.namespace;
    const known = pods.map(({ namespace }) => namespace.slice(podNamespace(node.name, '').length));
    throw new SnapshotError(shown, `node ${node.name} has no namespace '${name}'`, listed(known));
  }

  #endAt(address: Ip, shown: string): SnapshotEnd {
    const owners = this.#ownersOf(address);
    const [owner] = owners;
    if (owners.length > 1) {
      throw new SnapshotError(
        shown,
        `more than one namespace has it: ${owners.map(({ dump }) => dump.namespace).join(', ')}`,
        'an address that only one has, or node: or ns:',
      );
    }
    if (owner !== undefined) {
      this.#wake(owner.node);
      return { namespace: owner.dump.namespace, source: address };
    }
    if (!this.#underlay.hasRouter) {
      throw new SnapshotError(
        shown,
        'no namespace has it, and no node has a router by which it could be outside',
        'an address in the snapshot',
      );
    }
    this.#addOutside(address);
    this.#noteOutside(address);
    return { namespace: OUTSIDE, source: address };
  }

  #ownersOf(address: Ip): readonly Owner[] {
    this.#owners ??= ownersByAddress(this.#nodes.values());
    return this.#owners.get(address) ?? [];
  }

  #addOutside(address: Ip): void {
    const bits = typeof address === 'number' ? 32 : 128;
    if (!this.#underlay.hasRouter || isOwn(this.network, address)) return;
    this.network.apply({
      namespace: OUTSIDE,
      commands: [
        {
          kind: 'route-replace',
          route: {
            type: 'local',
            dst: { address, length: bits },
            dev: 'lo',
            table: 255,
            scope: 'host',
          },
        },
      ],
    });
  }

  #noteOutside(address: Ip): void {
    this.#notes.add(
      `${formatIp(address)} is in no namespace: taken to be a host beyond the router, which answers`,
    );
  }

  #uplinks(node: NodeDumps): readonly Uplink[] {
    const { name, own } = node;
    const uplinks = uplinksOf(
      name,
      own,
      (link) => this.#pairs(node).peerOf({ dump: own, link }) !== undefined,
    );
    for (const { addresses, link } of uplinks) {
      for (const { address } of addresses) this.#byAddress.set(address, name);
      if (link.mac !== undefined) this.#byMac.set(link.mac, name);
    }
    return uplinks;
  }

  #pairs(node: NodeDumps): VethPairs {
    if (node.pairs === undefined) {
      node.pairs = pairVeths(node.all);
      for (const text of node.pairs.unclear) this.#notes.add(text);
    }
    return node.pairs;
  }

  #wake(node: NodeDumps): NodeDumps {
    if (node.alive) return node;
    node.alive = true;
    const uplinks = this.#underlay.uplinks.filter((uplink) => uplink.dump === node.own);
    restoreNode({
      network: this.network,
      dumps: node.all,
      pairs: this.#pairs(node),
      switchPort: (dump, link) => this.#switchPort(uplinks, dump, link),
      macBeyond: (dump, dev, address) => {
        const uplink = uplinks.find((each) => each.dump === dump && facesBy(each, dev));
        return uplink === undefined ? undefined : this.#underlay.routerMac(uplink, address);
      },
      note: (text) => this.#notes.add(text),
    });
    return node;
  }

  #switchPort(uplinks: readonly Uplink[], dump: NamespaceDump, link: LinkRecord): SwitchPort {
    const uplink = uplinks.find((each) => each.dump === dump && each.link === link);
    if (uplink === undefined) {
      if (link.up) {
        this.#notes.add(`${dump.namespace}: ${link.name} leads to nothing that is in the snapshot`);
      }
      return { namespace: UNDERLAY, port: `lone${this.#lonePorts++}` };
    }
    const { switchPort, switchName } = this.#underlay.join(uplink);
    return { namespace: UNDERLAY, port: switchPort, switchName };
  }

  /** A switch does not know where a frame goes: a node that has not come to life may be meant. */
  #wakeFor(namespace: string, { dst, payload }: EthernetFrame): void {
    if (namespace !== UNDERLAY) return;
    const name = this.#byMac.get(dst) ?? this.#byAddress.get(askedFor(payload) ?? 0);
    const node = name === undefined ? undefined : this.#nodes.get(name);
    if (node !== undefined) this.#wake(node);
  }
}

function nodeDumps(directory: string, name: string, reader: SnapshotReader): NodeDumps {
  const folder = `${directory}/${name}`;
  const own = new NamespaceDump(reader, folder, `node/${name}`);
  const pods = [...reader.folders(`${folder}/namespaces`)]
    .sort()
    .map(
      (pod) => new NamespaceDump(reader, `${folder}/namespaces/${pod}`, podNamespace(name, pod)),
    );
  return { name, own, all: [own, ...pods], pairs: undefined, alive: false };
}

function ownersByAddress(nodes: Iterable<NodeDumps>): ReadonlyMap<Ip, readonly Owner[]> {
  const owners = new Map<Ip, Owner[]>();
  for (const node of nodes) {
    for (const dump of node.all) {
      for (const { address } of dump.addresses().commands) {
        const known = owners.get(address.address);
        if (known === undefined) owners.set(address.address, [{ node, dump }]);
        else if (known.at(-1)?.dump !== dump) known.push({ node, dump });
      }
    }
  }
  return owners;
}

const podNamespace = (node: string, name: string): string => `pod/${node}/${name}`;

const facesBy = ({ link }: Uplink, dev: string): boolean =>
  link.name === dev || link.master === dev;

/** The address whose owner an ARP request or a neighbour solicitation looks for. */
function askedFor(payload: EthernetFrame['payload']): Ip | undefined {
  if (payload.kind === 'arp') return payload.targetIp;
  if (payload.kind !== 'ipv6' || payload.payload.kind !== 'icmpv6') return undefined;
  const { data } = payload.payload;
  return data instanceof Uint8Array ? undefined : data.target;
}

const isOwn = (network: Network, address: Ip): boolean =>
  network.namespace(OUTSIDE).route(address).kind === 'local';

const MOST_LISTED = 12;

const listed = (names: readonly string[]): string => {
  if (names.length === 0) return 'none, as there are none';
  const rest = names.length - MOST_LISTED;
  const shown = names.slice(0, MOST_LISTED).join(', ');
  return `one of ${shown}${rest > 0 ? ` and ${rest} more` : ''}`;
};
