import type { NftFamily, NftSetTypes } from '../model/ruleset.ts';
import type { Cursor } from './cursor.ts';
import type { InSet } from './names.ts';

/** The types of a set that the text itself does not declare. */
export type KnownSets = (family: NftFamily, table: string, set: string) => NftSetTypes | undefined;

/** What sets are made of: as the text has declared, or as is known from elsewhere. */
export class SetTypes {
  readonly #declared = new Map<string, NftSetTypes>();
  readonly #known: KnownSets;

  constructor(known: KnownSets) {
    this.#known = known;
  }

  declare(set: InSet, types: NftSetTypes): void {
    this.#declared.set(keyOf(set), types);
  }

  /** Throws ParseError when nobody knows. */
  of(named: InSet, cursor: Cursor): NftSetTypes {
    const { family, table, set } = named;
    const types = this.#declared.get(keyOf(named)) ?? this.#known(family, table, set);
    if (types === undefined) {
      return cursor.fail(
        `nothing is known of the set ${set} of the table ${family} ${table}`,
        'a set that was declared before',
      );
    }
    const { key, data } = types;
    return { key, ...(data === undefined ? {} : { data }) };
  }
}

const keyOf = ({ family, table, set }: InSet): string => `${family} ${table} ${set}`;
