import type { Pod } from '@podpath/cluster';
import { addToIp, familyOf, formatIp, type Ip, type IpFamily, lastAddress } from '@podpath/net';
import { type PolicyEnd, type PolicyFlow, PolicyFlowError } from '../flow.ts';
import { AddressOwners } from './address-owners.ts';
import type { AddressSpace } from './address-space.ts';
import type { Identities, Identity } from './identities.ts';
import { FLAG, LOCATION, RecordTable, SIGN, type Tables } from './tables.ts';
import type { World } from './world.ts';

/** An address at one end of a flow, and its number in batches. */
interface NumberedEnd {
  readonly address: Ip;
  readonly end: number;
}

/**
 * Gives every pod, node and class of outside addresses a pair of numbers: even for IPv4, odd for IPv6. A number keeps
 * its meaning as long as its pod is there.
 */
export class Ends {
  readonly #world: World;
  readonly #space: AddressSpace;
  readonly #identities: Identities;
  readonly #tables: Tables;
  readonly #records: RecordTable;
  readonly #flags: RecordTable;
  readonly #pairs = new Map<string, number>();
  readonly #freePairs: number[] = [];
  readonly #locations = new Map<string, number>();
  readonly #withHosts: ReadonlySet<string>;
  /** The identity of each end. */
  readonly identityOf: (Identity | undefined)[] = [];
  readonly #owners = new AddressOwners(() => this.#owned());

  constructor(world: World, space: AddressSpace, identities: Identities, tables: Tables) {
    this.#world = world;
    this.#space = space;
    this.#identities = identities;
    this.#tables = tables;
    this.#records = new RecordTable(tables, 'ends', 1, SIGN);
    this.#flags = new RecordTable(tables, 'flags', 1, FLAG.gone);
    this.#withHosts = new Set(world.hostEndpoints.map(({ node }) => node));
  }

  /** Puts in everything of the world. */
  fill(): void {
    const { nodes, pods } = this.#world;
    this.#reserve(2 * (nodes.size + pods.size + this.#space.classes.length));
    this.refreshNodes();
    for (const pod of this.#world.pods.values()) this.setPod(pod, undefined);
    this.refreshOutside();
  }

  /** Finds anew what all nodes are. */
  refreshNodes(): void {
    for (const [name, { addresses }] of this.#world.nodes) {
      const pair = this.#pairOf(`node ${name}`);
      const flags = NODE | this.#locationOf(name);
      for (const address of addresses) {
        this.#write(pair + familyBit(address), this.#identities.ofNode(name, address), flags);
      }
    }
  }

  /** Finds anew what all classes of addresses are; new ones get numbers. */
  refreshOutside(): void {
    for (const each of this.#space.classes) {
      const end = this.#pairOf(`outside ${each.id}`) + (each.family === 6 ? 1 : 0);
      this.#write(end, this.#identities.outside(each), FLAG.other);
    }
  }

  /** Adds a pod, or what has become of it. */
  setPod(pod: Pod, before: Pod | undefined): void {
    const pair = this.#pairOf(podKeyOf(pod));
    if (before !== undefined) this.#vacate(before, pair);
    if (isFinished(pod)) return;
    const location = this.#locationOf(pod.node);
    for (const address of pod.ips) {
      const end = pair + familyBit(address);
      if (pod.hostNetwork) {
        this.#write(end, this.#identities.ofNode(pod.node, address), NODE | location);
      } else {
        this.#write(end, this.#identities.ofPod(pod, address), location);
      }
      this.#owners.add(address, end);
    }
  }

  removePod(pod: Pod): void {
    const key = podKeyOf(pod);
    const pair = this.#pairs.get(key);
    if (pair === undefined) return;
    this.#vacate(pod, pair);
    this.#pairs.delete(key);
    this.#freePairs.push(pair);
  }

  #vacate(pod: Pod, pair: number): void {
    this.#clear(pair);
    if (isFinished(pod)) return;
    for (const address of pod.ips) this.#owners.remove(address, pair + familyBit(address));
  }

  /** Whether host endpoints may have a say in some verdict. */
  get mayAsk(): boolean {
    return this.#withHosts.size > 0;
  }

  /** What a number stands for; of addresses outside, one that is nobody's. Throws `RangeError` for none. */
  endAt(end: number): PolicyEnd {
    for (const [key, pair] of this.#pairs) {
      if (pair !== end - (end & 1)) continue;
      return this.#endOf(key) ?? { kind: 'address', address: this.#firstAddress(key) };
    }
    throw new RangeError(`there is no end ${end}`);
  }

  /** Everything that is somewhere, with its numbers; classes of addresses only where one of them is nobody's. */
  *all(): Generator<{ readonly end: PolicyEnd; readonly number: number }> {
    for (const [key, pair] of this.#pairs) {
      const numbers = [pair, pair + 1].filter((each) => this.identityOf[each] !== undefined);
      const end = numbers.length === 0 ? undefined : this.#endOf(key);
      if (end === undefined) continue;
      for (const number of numbers) yield { end, number };
    }
  }

  /** `undefined` for addresses that are all taken. */
  #endOf(key: string): PolicyEnd | undefined {
    const [kind, name = ''] = key.split(' ');
    if (kind === 'node') return { kind, name };
    if (kind === 'pod') {
      const [namespace = '', pod = ''] = name.split('/');
      return { kind, namespace, name: pod };
    }
    const address = this.#freeAddress(Number(name));
    return address === undefined ? undefined : { kind: 'address', address };
  }

  #firstAddress(key: string): Ip {
    return this.#space.classes[Number(key.split(' ')[1])]?.prefix?.address ?? 0;
  }

  /** The numbers of a flow's ends. Throws `PolicyFlowError` as the reference evaluator does. */
  resolve({ from, to, family }: Pick<PolicyFlow, 'from' | 'to' | 'family'>): {
    readonly from: number;
    readonly to: number;
  } {
    const sources = this.#candidates(from, 'from');
    const targets = this.#candidates(to, 'to');
    for (const target of targets) {
      if (family !== undefined && familyOf(target.address) !== family) continue;
      for (const source of sources) {
        if (((source.end ^ target.end) & 1) === 0) return { from: source.end, to: target.end };
      }
    }
    const list = (ends: readonly NumberedEnd[]) =>
      ends.map(({ address }) => formatIp(address)).join(', ') || 'no address';
    throw new PolicyFlowError(
      'no-family',
      'family',
      `no IPv${family ?? '4 or IPv6'} address at both ends: the source has ${list(sources)}, the destination ${list(targets)}`,
    );
  }

  /** The number of an end in a family; `undefined` when it has no address of it, or does not exist. */
  numberOf(end: PolicyEnd, family: IpFamily): number | undefined {
    try {
      return this.#candidates(end, 'from').find(({ address }) => familyOf(address) === family)?.end;
    } catch (error) {
      if (error instanceof PolicyFlowError) return undefined;
      throw error;
    }
  }

  #candidates(end: PolicyEnd, field: 'from' | 'to'): readonly NumberedEnd[] {
    switch (end.kind) {
      case 'pod': {
        const key = `${end.namespace}/${end.name}`;
        const pod = this.#world.pods.get(key);
        if (pod === undefined) {
          throw new PolicyFlowError('unknown-pod', field, `there is no pod ${key}`);
        }
        if (isFinished(pod)) {
          throw new PolicyFlowError(
            'finished-pod',
            field,
            `pod ${key} has finished (${pod.phase}) and has no address any more`,
          );
        }
        return this.#numbered(`pod ${key}`, pod.ips);
      }
      case 'node': {
        const node = this.#world.nodes.get(end.name);
        if (node === undefined) {
          throw new PolicyFlowError('unknown-node', field, `there is no node ${end.name}`);
        }
        return this.#numbered(`node ${end.name}`, node.addresses);
      }
      case 'address': {
        const owner = this.#owners.of(end.address);
        if (owner !== undefined) return [{ address: end.address, end: owner }];
        return this.#numbered(`outside ${this.#space.classAt(end.address).id}`, [end.address]);
      }
    }
  }

  #numbered(key: string, addresses: readonly Ip[]): readonly NumberedEnd[] {
    const pair = this.#pairs.get(key);
    if (pair === undefined) return [];
    return addresses.map((address) => ({
      address,
      end: pair + familyBit(address),
    }));
  }

  /** An address of exactly this class that no pod or node has. */
  #freeAddress(id: number): Ip | undefined {
    const { family, prefix } = this.#space.classes[id] ?? { family: 4 };
    const first = prefix?.address ?? (family === 4 ? 0 : 0n);
    const last =
      prefix === undefined ? (family === 4 ? 0xffff_ffff : (1n << 128n) - 1n) : lastAddress(prefix);
    let address = first;
    while (address <= last) {
      const at = this.#space.classAt(address);
      if (at.id !== id) {
        // A longer prefix begins here: what is behind it may be free.
        const end = at.prefix === undefined ? last : lastAddress(at.prefix);
        if (end >= last) break;
        address = addToIp(end, 1);
      } else if (this.#owners.of(address) === undefined) return address;
      else if (address === last) break;
      else address = addToIp(address, 1);
    }
    return undefined;
  }

  *#owned(): Generator<readonly [Ip, number]> {
    for (const pod of this.#world.pods.values()) {
      if (isFinished(pod)) continue;
      for (const { address, end } of this.#numbered(podKeyOf(pod), pod.ips)) yield [address, end];
    }
    for (const [name, { addresses }] of this.#world.nodes) {
      for (const { address, end } of this.#numbered(`node ${name}`, addresses))
        yield [address, end];
    }
  }

  /** Numbers of nodes, with what is to be said of all ends there. */
  #locationOf(node: string): number {
    let location = this.#locations.get(node);
    if (location === undefined) {
      location = this.#locations.size + 1;
      this.#locations.set(node, location);
    }
    return this.#withHosts.has(node) ? location | FLAG.ask : location;
  }

  #pairOf(key: string): number {
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = this.#freePairs.pop();
      if (pair === undefined) {
        pair = this.identityOf.length;
        this.identityOf.push(undefined, undefined);
        this.#reserve(pair + 2);
      }
      this.#pairs.set(key, pair);
      this.#clear(pair);
    }
    return pair;
  }

  #clear(pair: number): void {
    for (const end of [pair, pair + 1]) {
      this.identityOf[end] = undefined;
      this.#records.set(end, 0, SIGN);
      this.#flags.set(end, 0, FLAG.gone);
    }
  }

  #write(end: number, identity: Identity, flags: number): void {
    this.identityOf[end] = identity;
    this.#records.set(end, 0, (flags & ~LOCATION) === 0 ? identity.id : identity.id | SIGN);
    this.#flags.set(end, 0, flags);
  }

  #reserve(count: number): void {
    this.#records.reserve(count);
    this.#flags.reserve(count);
    this.#tables.setHead('endMask', this.#records.room - 1);
  }
}

const familyBit = (address: Ip): number => (typeof address === 'number' ? 0 : 1);

const NODE = FLAG.node | FLAG.other;

const podKeyOf = ({ namespace, name }: Pick<Pod, 'namespace' | 'name'>): string =>
  `pod ${namespace}/${name}`;

/** Finished pods have given their addresses back. */
const isFinished = ({ phase }: Pod): boolean => phase === 'Succeeded' || phase === 'Failed';
