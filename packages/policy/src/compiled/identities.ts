import type { Labels, Pod } from '@podpath/cluster';
import type { Ip, IpFamily } from '@podpath/net';
import type { AddressClass, AddressSpace } from './address-space.ts';
import type { Labelled, Predicate } from './labelled.ts';
import type { Reads } from './reads.ts';
import type { NamedPort } from './traffic-classes.ts';
import type { PortList } from './traffic-sets.ts';
import { labelledPod, protocolOf, type ServedPort, type World } from './world.ts';

/** Ends that no policy can tell apart. */
export interface Identity extends PortList {
  /** From 1. */
  readonly id: number;
  readonly kind: 'pod' | 'node' | 'outside';
  readonly family: IpFamily;
  readonly address: AddressClass;
  /** The pod first, where it is one. */
  readonly things: readonly Labelled[];
  readonly nodeLabels?: Labels;
  readonly served: readonly ServedPort[];
  readonly names: readonly string[];
}

/** Which default of a row counts: pods and others, of IPv4 and IPv6. */
export const kindOf = ({ kind, family }: Pick<Identity, 'kind' | 'family'>): number =>
  (kind === 'pod' ? 0 : 2) + (family === 6 ? 1 : 0);
export const KINDS = 4;

/** What stands at the addresses of a class, pods and nodes left out. */
interface AddressFacts {
  readonly things: readonly Labelled[];
  readonly served: readonly ServedPort[];
  readonly names: readonly string[];
}

/** Makes one identity of all that have the same key. They are found by namespace, label and address class. */
export class Identities {
  all: Identity[] = [];
  readonly byNamespace = new Map<string, Identity[]>();
  /** By `key=value` of an own label. */
  readonly byLabel = new Map<string, Identity[]>();
  readonly byAddress = new Map<number, Identity[]>();
  /** Those that are more than a pod: a set or host endpoint is at their address. */
  withAddressThings: Identity[] = [];
  withPorts: Identity[] = [];
  byKind: readonly Identity[][] = Array.from({ length: KINDS }, () => []);
  readonly #world: World;
  readonly #space: AddressSpace;
  readonly #reads: Reads;
  readonly #known = new Map<string, Identity>();
  readonly #portLists = new Map<string, number>([['', 0]]);
  readonly #facts = new Map<number, AddressFacts>();
  /** How often what stands at a class's addresses has changed. */
  readonly #changes = new Map<number, number>();
  #around: Map<number, Labelled[]> | undefined;
  #fresh: Identity[] = [];
  #freeIds: number[] = [];
  #lastId = 0;

  constructor(world: World, space: AddressSpace, reads: Reads) {
    this.#world = world;
    this.#space = space;
    this.#reads = reads;
  }

  /** The highest number that was ever given. */
  get count(): number {
    return this.#lastId;
  }

  /** Those that are new since this was last called. */
  takeFresh(): readonly Identity[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** What stands at the addresses of some classes has changed: whoever is there becomes somebody else. */
  touch(classes: Iterable<number>): void {
    this.#around = undefined;
    for (const id of classes) {
      this.#facts.delete(id);
      this.#changes.set(id, (this.#changes.get(id) ?? 0) + 1);
    }
  }

  /** Forgets all others, and returns them. Their numbers will be given again. */
  keep(live: ReadonlySet<Identity>): readonly Identity[] {
    const gone = this.all.filter((identity) => !live.has(identity));
    const alive = (list: readonly Identity[]) => list.filter((identity) => live.has(identity));
    this.all = alive(this.all);
    this.withAddressThings = alive(this.withAddressThings);
    this.withPorts = alive(this.withPorts);
    this.byKind = this.byKind.map(alive);
    for (const index of [this.byNamespace, this.byLabel, this.byAddress]) {
      for (const list of index.values()) list.splice(0, list.length, ...alive(list));
    }
    for (const [key, identity] of this.#known) if (!live.has(identity)) this.#known.delete(key);
    this.#freeIds.push(...gone.map(({ id }) => id));
    return gone;
  }

  /** A pod of the pod network at one of its addresses. */
  ofPod(pod: Pod, address: Ip): Identity {
    const at = this.#space.classAt(address);
    const key = `${this.#at(at)}\0${this.#reads.podKey(pod)}`;
    return this.#known.get(key) ?? this.#make(key, { kind: 'pod', pod }, at);
  }

  /** A node, or a pod of its network, at an address. */
  ofNode(node: string, address: Ip): Identity {
    const at = this.#space.classAt(address);
    const labels = this.#world.nodes.get(node)?.labels ?? {};
    const key = `${this.#at(at)}\0\0node\0${this.#reads.nodeKey(labels)}`;
    return this.#known.get(key) ?? this.#make(key, { kind: 'node', labels }, at);
  }

  outside(at: AddressClass): Identity {
    const key = `${this.#at(at)}\0\0outside`;
    return this.#known.get(key) ?? this.#make(key, { kind: 'outside' }, at);
  }

  #at({ id }: AddressClass): string {
    return `${id}.${this.#changes.get(id) ?? 0}`;
  }

  #make(
    key: string,
    what:
      | { readonly kind: 'pod'; readonly pod: Pod }
      | { readonly kind: 'node'; readonly labels: Labels }
      | { readonly kind: 'outside' },
    at: AddressClass,
  ): Identity {
    const { things: around, served, names } = this.#factsOf(at);
    const things = what.kind === 'pod' ? [this.#labelled(what.pod), ...around] : around;
    const ports = this.#portsOf(things);
    const identity: Identity = {
      id: this.#freeIds.pop() ?? ++this.#lastId,
      kind: what.kind,
      family: at.family,
      address: at,
      things,
      ...(what.kind === 'node' ? { nodeLabels: what.labels } : {}),
      served,
      names,
      ports,
      portList: this.#numberOf(ports),
    };
    this.#known.set(key, identity);
    this.all.push(identity);
    this.#fresh.push(identity);
    this.byKind[kindOf(identity)]?.push(identity);
    push(this.byAddress, at.id, identity);
    if (around.length > 0) this.withAddressThings.push(identity);
    if (ports.length > 0) this.withPorts.push(identity);
    if (what.kind === 'pod') {
      push(this.byNamespace, what.pod.namespace, identity);
      for (const [label, value] of Object.entries(things[0]?.own ?? {})) {
        push(this.byLabel, `${label}=${value}`, identity);
      }
    }
    return identity;
  }

  /** Without the labels that nobody reads: the pods of an identity need not share them. */
  #labelled(pod: Pod): Labelled {
    return { ...labelledPod(pod), own: this.#reads.labelsOf(pod.labels) };
  }

  #portsOf(things: readonly Labelled[]): readonly NamedPort[] {
    if (this.#reads.portNames.size === 0) return NO_PORTS;
    return things.flatMap(({ ports }) =>
      ports.flatMap(({ name, protocol, port }) =>
        name !== undefined && this.#reads.portNames.has(name)
          ? [{ name, protocol: protocolOf(protocol), port }]
          : [],
      ),
    );
  }

  /** The ports of those of an identity's things that have such labels. */
  portsOf(identity: Identity, selects: Predicate): PortList {
    const { things } = identity;
    const selected = things.filter(selects);
    if (selected.length === things.length) return identity;
    const ports = this.#portsOf(selected);
    return { ports, portList: this.#numberOf(ports) };
  }

  #numberOf(ports: readonly NamedPort[]): number {
    const text = ports
      .map(({ name, protocol, port }) => `${name}/${protocol}/${port}`)
      .toSorted()
      .join();
    const known = this.#portLists.get(text);
    if (known !== undefined) return known;
    this.#portLists.set(text, this.#portLists.size);
    return this.#portLists.size - 1;
  }

  #factsOf(at: AddressClass): AddressFacts {
    let facts = this.#facts.get(at.id);
    if (facts === undefined) {
      const around = this.#things();
      const things = [...at.covers].flatMap((id) => around.get(id) ?? []);
      const single = at.prefix !== undefined && at.prefix.length === (at.family === 4 ? 32 : 128);
      const address = single ? at.prefix.address : undefined;
      facts = {
        things,
        served:
          address === undefined || !this.#reads.services
            ? []
            : (this.#world.served.get(address) ?? []),
        names: address === undefined ? [] : (this.#world.names.get(address) ?? []),
      };
      this.#facts.set(at.id, facts);
    }
    return facts;
  }

  #things(): Map<number, Labelled[]> {
    if (this.#around === undefined) {
      this.#around = new Map();
      for (const [prefix, thing] of this.#world.addressThings()) {
        const id = this.#space.idOf(prefix);
        if (id !== undefined) push(this.#around, id, thing);
      }
    }
    return this.#around;
  }
}

const NO_PORTS: readonly NamedPort[] = [];

const push = <Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};
