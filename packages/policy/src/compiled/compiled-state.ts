import type { Cluster } from '@podpath/cluster';
import type { Knowledge } from '../address-knowledge.ts';
import type { PolicyModel } from '../model.ts';
import { AddressSpace } from './address-space.ts';
import type { CompiledSize } from './compiled-size.ts';
import { type CompiledMatch, EndMatches } from './end-matches.ts';
import { Ends } from './ends.ts';
import { Folding } from './fold.ts';
import { Identities, type Identity } from './identities.ts';
import { Policies } from './policies.ts';
import { prefixesOf, rulesIn } from './prefixes.ts';
import { Reads } from './reads.ts';
import { DIRECTIONS, RowTable } from './row-table.ts';
import { Selections } from './selections.ts';
import { IDENTITY_WORDS, RecordTable, Tables } from './tables.ts';
import { type Split, TrafficClasses } from './traffic-classes.ts';
import { RuleTraffic, TrafficSets } from './traffic-sets.ts';
import { World } from './world.ts';

/** So many identities of nobody are kept at least before they are cleared away. */
const MOST_STALE = 4096;

/** The tables, and all that they were made from. */
export class CompiledState {
  readonly tables = new Tables();
  readonly world: World;
  readonly reads = new Reads();
  readonly space = new AddressSpace();
  readonly identities: Identities;
  readonly ends: Ends;
  readonly matches: EndMatches;
  readonly policies: Policies;
  readonly selections: Selections;
  readonly rows: RowTable;
  readonly classes = new TrafficClasses();
  readonly #traffic = new RuleTraffic(this.classes);
  readonly sets: TrafficSets;
  /** Of how much traffic the classes have been told. */
  #told = 0;
  #classesAt = 0;
  #fresh = 0;

  constructor(cluster: Cluster, model: PolicyModel, knowledge: Knowledge) {
    this.world = new World(cluster, knowledge);
    for (const { policies } of model.tiers) for (const each of policies) this.reads.add(each);
    for (const [prefix] of this.world.addressThings()) this.space.add(prefix);
    for (const rule of rulesIn(model)) {
      for (const prefix of prefixesOf(rule, this.world)) this.space.add(prefix);
    }
    this.identities = new Identities(this.world, this.space, this.reads);
    this.ends = new Ends(this.world, this.space, this.identities, this.tables);
    this.ends.fill();
    this.matches = new EndMatches(this.identities, this.space, this.world);
    this.policies = new Policies(model, this.matches, this.#traffic);
    for (const identity of this.identities.takeFresh()) this.#tellPorts(identity);
    this.#tellRules();
    this.sets = new TrafficSets(this.tables, this.classes);
    this.#writeTraffic();
    const records = new RecordTable(this.tables, 'identities', IDENTITY_WORDS);
    const folding = new Folding(this.sets, this.#traffic);
    this.rows = new RowTable(this.tables, folding, this.identities, records);
    this.selections = new Selections(this.matches, this.world);
    this.selections.fill(this.policies.tiers.flatMap(({ policies }) => policies));
    this.rows.fill((identity, direction) => this.selections.of(identity, direction));
  }

  get size(): CompiledSize {
    return {
      bytes: this.tables.size,
      identities: this.identities.all.length,
      rows: this.rows.size,
      trafficClasses: this.classes.classes.length,
      trafficSets: this.sets.size,
    };
  }

  /** Takes in identities that ends have got, and forgets those of nobody when there are too many. */
  admit(): void {
    const fresh = this.identities.takeFresh();
    if (fresh.length === 0) return;
    this.#split(fresh.flatMap((identity) => this.#tellPorts(identity)));
    const deviating = fresh.map((identity) => this.matches.add(identity));
    for (const identity of fresh) this.selections.admit(identity);
    this.assign(fresh);
    for (const [index, identity] of fresh.entries()) {
      this.rows.setCells(identity, deviating[index] ?? []);
    }
    this.#fresh += fresh.length;
    if (this.#fresh > Math.max(MOST_STALE, this.identities.all.length / 2)) this.#sweep();
  }

  /** Gives identities the rows of the policies that select them now. */
  assign(identities: Iterable<Identity>): void {
    for (const identity of identities) {
      for (const direction of DIRECTIONS) {
        this.rows.assign(identity, direction, this.selections.of(identity, direction));
      }
    }
  }

  /** Tells traffic apart as rules do that have been compiled since. */
  tellTraffic(): void {
    this.#split(this.#tellRules());
  }

  /** After labels of namespaces have changed: finds anew what matches and policies make of who is in one. */
  recheck(label: string, identities: readonly Identity[]): void {
    const changed = new Map<Identity, CompiledMatch[]>();
    for (const match of this.matches.readersOf(label)) {
      for (const identity of identities) {
        if (!this.matches.recheck(match, identity)) continue;
        const list = changed.get(identity);
        if (list === undefined) changed.set(identity, [match]);
        else list.push(match);
      }
    }
    for (const identity of identities) this.selections.recheck(label, identity);
    this.assign(identities);
    for (const [identity, matches] of changed) this.rows.setCells(identity, matches);
  }

  #sweep(): void {
    this.#fresh = 0;
    const live = new Set<Identity>();
    for (const identity of this.ends.identityOf) if (identity !== undefined) live.add(identity);
    const gone = this.identities.keep(live);
    if (gone.length === 0) return;
    this.matches.keep(live);
    this.rows.keep(live, gone);
  }

  #tellPorts({ ports, served }: Identity): readonly Split[] {
    return [...ports, ...served].flatMap(({ protocol, port }) =>
      port === undefined ? [] : this.classes.tellPorts(protocol, port, port),
    );
  }

  #tellRules(): readonly Split[] {
    const splits: Split[] = [];
    for (const { id, matches } of this.#traffic.all) {
      if (id < this.#told || matches === 'any') continue;
      for (const match of matches) splits.push(...this.classes.tell(match));
    }
    this.#told = this.#traffic.size;
    return splits;
  }

  #split(splits: readonly Split[]): void {
    if (splits.length === 0) return;
    this.sets.split(splits);
    this.#traffic.forget();
    this.tables.halves.set(this.classes.table, this.#classesAt);
  }

  #writeTraffic(): void {
    const { protocols, table } = this.classes;
    const start = this.tables.allocate(protocols.length);
    this.tables.words.set(protocols, start);
    this.tables.setHead('protocols', start);
    this.#classesAt = 2 * this.tables.allocate(Math.ceil(table.length / 2));
    this.tables.halves.set(table, this.#classesAt);
    this.tables.setHead('classes', this.#classesAt);
  }
}
