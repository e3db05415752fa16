import type { Direction } from '../verdict.ts';
import type { CompiledMatch } from './end-matches.ts';
import type { Folding } from './fold.ts';
import type { Identities, Identity } from './identities.ts';
import type { CompiledPolicyRules } from './policies.ts';
import { cellsIn, layOutRow, placeWord, setCell, setIn } from './row-cells.ts';
import { createRow, type Row, rowKeyOf } from './rows.ts';
import type { RecordTable, Tables } from './tables.ts';

export const DIRECTIONS = ['egress', 'ingress'] as const;

/** The rows of all identities, in the tables and here. */
export class RowTable {
  readonly #tables: Tables;
  readonly #folding: Folding;
  readonly #identities: Identities;
  readonly #records: RecordTable;
  readonly #rows = new Map<string, Row>();
  /** By the number of the identity. */
  readonly #of: Record<Direction, (Row | undefined)[]> = { egress: [], ingress: [] };
  /** Who asks a match of the other end, found when something first changes. */
  #asking: Map<CompiledMatch, Set<Row>> | undefined;
  /** Who asks for ports of the other end by name. */
  readonly #askingPorts = new Set<Row>();

  constructor(tables: Tables, folding: Folding, identities: Identities, records: RecordTable) {
    this.#tables = tables;
    this.#folding = folding;
    this.#identities = identities;
    this.#records = records;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Gives all identities their rows, by the policies of each. */
  fill(policiesOf: (identity: Identity, direction: Direction) => readonly CompiledPolicyRules[]) {
    const { all, count } = this.#identities;
    for (const identity of all) {
      for (const direction of DIRECTIONS) {
        this.#put(identity, this.#rowOf(direction, identity, policiesOf(identity, direction)));
      }
    }
    for (const row of this.#rows.values()) this.#layOut(row);
    this.#records.reserve(count + 1);
    for (const identity of all) this.#write(identity);
  }

  /** Gives an identity the row of its policies, as they are now. */
  assign(identity: Identity, direction: Direction, policies: readonly CompiledPolicyRules[]): void {
    const before = this.#of[direction][identity.id];
    const row = this.#rowOf(direction, identity, policies);
    if (row === before) return;
    if (row.users.size === 0) this.#layOut(row);
    this.#put(identity, row);
    this.#records.reserve(identity.id + 1);
    this.#write(identity);
    if (before !== undefined) this.#leave(before, identity);
  }

  /** Brings what rows say of an identity up to date, after what these matches make of it has changed. */
  setCells(identity: Identity, matches: Iterable<CompiledMatch>): void {
    const rows = new Set<Row>();
    const asking = this.#asked();
    for (const match of matches) for (const row of asking.get(match) ?? []) rows.add(row);
    if (identity.ports.length > 0) for (const row of this.#askingPorts) rows.add(row);
    for (const row of rows) {
      if (row.family !== identity.family) continue;
      if (setCell(this.#tables, row, identity, this.#folding.of(row, identity))) continue;
      this.#layOut(row);
      for (const user of row.users) this.#write(user);
    }
  }

  /** Forgets all other identities, of which no cell is left afterwards. */
  keep(live: ReadonlySet<Identity>, gone: Iterable<Identity>): void {
    for (const identity of gone) {
      for (const direction of DIRECTIONS) {
        const row = this.#of[direction][identity.id];
        this.#of[direction][identity.id] = undefined;
        if (row !== undefined) this.#leave(row, identity);
      }
    }
    for (const row of this.#rows.values()) this.#layOut(row);
    for (const identity of live) this.#write(identity);
  }

  all(): Iterable<Row> {
    return this.#rows.values();
  }

  cellsOf(row: Row): Generator<readonly [id: number, set: number]> {
    return cellsIn(this.#tables, row);
  }

  /** The set of traffic that an identity's row has for another. */
  setOf(direction: Direction, { id }: Identity, other: Identity): number {
    const row = this.#of[direction][id];
    return row === undefined ? 0 : setIn(this.#tables, row, other);
  }

  #rowOf(direction: Direction, self: Identity, policies: readonly CompiledPolicyRules[]): Row {
    const key = rowKeyOf(direction, self, policies);
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = createRow(key, direction, self, policies);
      this.#rows.set(key, row);
      if (row.portsOfOther) this.#askingPorts.add(row);
      if (this.#asking !== undefined) note(this.#asking, row);
    }
    return row;
  }

  #put(identity: Identity, row: Row): void {
    this.#of[row.direction][identity.id] = row;
    row.users.add(identity);
  }

  #leave(row: Row, identity: Identity): void {
    row.users.delete(identity);
    if (row.users.size > 0) return;
    this.#rows.delete(row.key);
    this.#askingPorts.delete(row);
    for (const match of row.matches) {
      const rows = this.#asking?.get(match);
      rows?.delete(row);
      if (rows?.size === 0) this.#asking?.delete(match);
    }
    if (row.size > 0) this.#tables.release(row.start, row.size);
  }

  #layOut(row: Row): void {
    layOutRow(this.#tables, this.#folding, this.#identities, row);
  }

  #asked(): Map<CompiledMatch, Set<Row>> {
    if (this.#asking === undefined) {
      this.#asking = new Map();
      for (const row of this.#rows.values()) note(this.#asking, row);
    }
    return this.#asking;
  }

  #write({ id }: Identity): void {
    for (const [index, direction] of DIRECTIONS.entries()) {
      const row = this.#of[direction][id];
      if (row === undefined) continue;
      this.#records.set(id, 4 * index, placeWord(row));
      this.#records.set(id, 4 * index + 1, row.defaults[0]);
      this.#records.set(id, 4 * index + 2, row.defaults[1]);
    }
  }
}

const note = (asking: Map<CompiledMatch, Set<Row>>, row: Row): void => {
  for (const match of row.matches) {
    const rows = asking.get(match);
    if (rows === undefined) asking.set(match, new Set([row]));
    else rows.add(row);
  }
};
