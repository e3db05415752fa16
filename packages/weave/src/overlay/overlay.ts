import { type Cluster, type Node, podByIp } from '@podpath/cluster';
import { namespaceOf } from '@podpath/cni';
import type { Network } from '@podpath/linux';
import type { EthernetFrame, Ipv4 } from '@podpath/net';
import type { PeerName } from '../peer-name.ts';
import { DATAPATH_PORT, tunnelName } from '../programs/device-names.ts';
import { FastDatapath } from './fast-datapath.ts';
import { fullMesh, type Mesh, wakingMesh } from './mesh.ts';
import { askedFor, overlayProgram } from './overlay-program.ts';
import type { Peers } from './peers.ts';

export interface OverlayOptions {
  readonly cluster: Cluster;
  readonly peers: Peers;
  readonly bridges: ReadonlyMap<string, Ipv4>;
  /** Of sleeve; VXLAN uses the next. */
  readonly port: number;
  /** Absent: every peer is connected to every other. */
  readonly mesh: Mesh | undefined;
}

/**
 * The overlay of a cluster whose nodes come to life one by one. In a full mesh a broadcast goes to every
 * peer; here to those that are alive, after the one that an ARP request asks for has been woken: on all
 * other nodes the copy would be flooded to pods that do not answer. So a request among 5,000 nodes
 * costs two, and no answer is missing.
 */
export class Overlay {
  readonly #options: OverlayOptions;
  readonly #alive = new Set<PeerName>();
  #nodeByBridge: ReadonlyMap<Ipv4, string> | undefined;

  constructor(options: OverlayOptions) {
    this.#options = options;
  }

  /** Starts a node's part: its bridge and the cable to the datapath must exist. */
  attach(
    network: Pick<Network, 'attachProgram'>,
    node: Node,
    self: PeerName,
    wake: (node: string) => void,
  ): void {
    const { peers, port, mesh } = this.#options;
    this.#alive.add(self);
    const wakePeer = (peer: PeerName) => {
      const name = peers.nodeOf(peer);
      if (name !== undefined) wake(name);
    };
    const datapath = new FastDatapath({
      self,
      directory: peers,
      mesh: mesh === undefined ? fullMesh(this.#alive) : wakingMesh(mesh, wakePeer),
      tunnelPort: tunnelName(port + 1),
      ports: [DATAPATH_PORT],
    });
    const beforeSending = (frame: EthernetFrame) => {
      const address = mesh === undefined ? askedFor(frame) : undefined;
      const owner = address === undefined ? undefined : this.#nodeOf(address);
      if (owner !== undefined) wake(owner);
    };
    const program = overlayProgram({ self, datapath, port, beforeSending });
    network.attachProgram(namespaceOf.node(node.name), program);
  }

  #nodeOf(address: Ipv4): string | undefined {
    const { cluster, bridges } = this.#options;
    this.#nodeByBridge ??= new Map([...bridges].map(([node, bridge]) => [bridge, node]));
    return podByIp(cluster, address)?.node ?? this.#nodeByBridge.get(address);
  }
}
