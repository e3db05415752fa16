import type { NftCommand, NftOperation } from '../model/command.ts';
import { NFT_FAMILIES, type NftFamily, type NftSetTypes } from '../model/ruleset.ts';
import { Cursor } from './cursor.ts';
import { parseChainBody } from './parse-chain.ts';
import { parseElements, parseSetBody } from './parse-set.ts';
import { parseRule } from './parse-statement.ts';

/** The types of a set that the text itself does not declare. */
export type KnownSets = (family: NftFamily, table: string, set: string) => NftSetTypes | undefined;

/**
 * Reads what `nft -f` reads and `nft list ruleset` prints, as one transaction. What podpath does not emulate is
 * refused by name, and nothing is left out. Throws ParseError.
 *
 * `file` is what messages call the text. Elements of sets that the text does not declare need `known`.
 */
export const parseNft = (
  text: string,
  file: string,
  known: KnownSets = () => undefined,
): NftCommand => ({ kind: 'nft', operations: new Reader(text, file, known).read() });

interface Named {
  readonly family: NftFamily;
  readonly table: string;
}

const COMMANDS = ['add', 'create', 'insert', 'replace', 'delete', 'flush', 'table'] as const;
/** What else nft can be told. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'define',
  'describe',
  'destroy',
  'export',
  'get',
  'import',
  'include',
  'list',
  'monitor',
  'redefine',
  'rename',
  'reset',
  'undefine',
  '$',
]);
const UNSUPPORTED_OBJECTS: ReadonlySet<string> = new Set([
  'counter',
  'ct',
  'flowtable',
  'limit',
  'meter',
  'quota',
  'secmark',
  'synproxy',
  'tunnel',
]);

class Reader {
  readonly #cursor: Cursor;
  readonly #known: KnownSets;
  readonly #declared = new Map<string, NftSetTypes>();
  readonly #operations: NftOperation[] = [];

  constructor(text: string, file: string, known: KnownSets) {
    this.#cursor = new Cursor(text, file);
    this.#known = known;
  }

  read(): readonly NftOperation[] {
    for (;;) {
      this.#cursor.skipSeparators();
      if (this.#cursor.token.kind === 'end') return this.#operations;
      this.#command();
      if (!this.#cursor.isAtEnd || this.#cursor.keyword === '}') {
        this.#cursor.fail(`unexpected ${this.#cursor.found}`, 'the end of the line');
      }
    }
  }

  #command(): void {
    const cursor = this.#cursor;
    if (UNSUPPORTED.has(cursor.keyword)) cursor.refuse(cursor.keyword);
    const command = cursor.oneOf(COMMANDS, 'a command');
    switch (command) {
      case 'table':
        this.#table('add-table');
        return;
      case 'add':
      case 'create':
        this.#add(command);
        return;
      case 'insert':
        cursor.expect('rule');
        this.#rule('insert-rule');
        return;
      case 'replace': {
        cursor.expect('rule');
        const place = this.#inChain();
        cursor.expect('handle');
        const handle = cursor.number('a handle', Number.MAX_SAFE_INTEGER);
        const rule = parseRule(cursor, place.family);
        this.#operations.push({ op: 'replace-rule', ...place, handle, rule });
        return;
      }
      case 'delete':
        this.#delete();
        return;
      case 'flush':
        this.#flush();
    }
  }

  #add(command: 'add' | 'create'): void {
    const cursor = this.#cursor;
    switch (this.#object(['table', 'chain', 'rule', 'set', 'map', 'element'])) {
      case 'table':
        this.#table(`${command}-table`);
        return;
      case 'chain':
        this.#chain(`${command}-chain`);
        return;
      case 'rule':
        this.#rule('add-rule');
        return;
      case 'set':
        this.#set(`${command}-set`, 'set');
        return;
      case 'map':
        this.#set(`${command}-set`, 'map');
        return;
      case 'element': {
        const place = this.#inSet();
        const { key, data } = this.#typesOf(place);
        const elements = parseElements(cursor, { key, ...(data === undefined ? {} : { data }) });
        this.#operations.push({
          op: `${command}-elements`,
          ...place,
          key,
          ...(data === undefined ? {} : { data }),
          elements,
        });
      }
    }
  }

  #delete(): void {
    const cursor = this.#cursor;
    const object = this.#object(['table', 'chain', 'rule', 'set', 'map', 'element']);
    switch (object) {
      case 'table':
        this.#operations.push({ op: 'delete-table', ...this.#named() });
        return;
      case 'chain':
        this.#operations.push({ op: 'delete-chain', ...this.#inChain() });
        return;
      case 'rule': {
        const place = this.#inChain();
        cursor.expect('handle');
        const handle = cursor.number('a handle', Number.MAX_SAFE_INTEGER);
        this.#operations.push({ op: 'delete-rule', ...place, handle });
        return;
      }
      case 'set':
      case 'map':
        this.#operations.push({ op: 'delete-set', ...this.#inSet() });
        return;
      case 'element': {
        const place = this.#inSet();
        const types = this.#typesOf(place);
        const elements = parseElements(cursor, types);
        this.#operations.push({ op: 'delete-elements', ...place, ...types, elements });
      }
    }
  }

  #flush(): void {
    const cursor = this.#cursor;
    switch (this.#object(['ruleset', 'table', 'chain', 'set', 'map'])) {
      case 'ruleset': {
        const family = cursor.isAtEnd ? undefined : cursor.oneOf(NFT_FAMILIES, 'a family');
        this.#operations.push({ op: 'flush-ruleset', ...(family === undefined ? {} : { family }) });
        return;
      }
      case 'table':
        this.#operations.push({ op: 'flush-table', ...this.#named() });
        return;
      case 'chain':
        this.#operations.push({ op: 'flush-chain', ...this.#inChain() });
        return;
      case 'set':
        this.#operations.push({ op: 'flush-set', ...this.#inSet() });
        return;
      case 'map':
        this.#operations.push({ op: 'flush-map', ...this.#inSet() });
    }
  }

  /** A table, maybe with all that is in it. Its chains come first, so that maps and rules find them. */
  #table(op: 'add-table' | 'create-table'): void {
    const cursor = this.#cursor;
    const place = this.#named();
    const at = this.#operations.length;
    let comment: string | undefined;
    let dormant = false;
    const rules: NftOperation[] = [];
    const sets: NftOperation[] = [];
    const chains: NftOperation[] = [];
    if (cursor.accept('{')) {
      for (;;) {
        cursor.skipSeparators();
        if (cursor.accept('}')) break;
        if (cursor.accept('comment')) comment = cursor.string('a comment');
        else if (cursor.accept('flags')) {
          cursor.oneOf(['dormant'], 'a flag');
          dormant = true;
        } else {
          switch (this.#object(['set', 'map', 'chain'])) {
            case 'set':
              sets.push(...this.#setIn(place, 'set'));
              break;
            case 'map':
              sets.push(...this.#setIn(place, 'map'));
              break;
            case 'chain': {
              const [chain, ...others] = this.#chainIn(place);
              if (chain !== undefined) chains.push(chain);
              rules.push(...others);
            }
          }
        }
        if (!cursor.isAtEnd) cursor.fail(`unexpected ${cursor.found}`, 'the end of the line');
      }
    }
    this.#operations.splice(at, 0, {
      op,
      ...place,
      ...(comment === undefined ? {} : { comment }),
      ...(dormant ? { dormant } : {}),
    });
    this.#operations.push(...chains, ...sets, ...rules);
  }

  #chainIn(place: Named): readonly NftOperation[] {
    const cursor = this.#cursor;
    const chain = cursor.word('the name of a chain');
    cursor.expect('{');
    const { rules, ...body } = parseChainBody(cursor, place.family);
    return [
      { op: 'add-chain', ...place, chain, ...body },
      ...rules.map((rule): NftOperation => ({ op: 'add-rule', ...place, chain, rule })),
    ];
  }

  #setIn(place: Named, what: 'set' | 'map'): readonly NftOperation[] {
    const set = this.#cursor.word(`the name of a ${what}`);
    this.#cursor.expect('{');
    return this.#setOperations({ ...place, set }, what, 'add-set');
  }

  #setOperations(
    place: Named & { readonly set: string },
    what: 'set' | 'map',
    op: 'add-set' | 'create-set',
  ): readonly NftOperation[] {
    const { spec, elements } = parseSetBody(this.#cursor, what);
    const { key, data } = spec;
    const types = { key, ...(data === undefined ? {} : { data }) };
    this.#declared.set(keyOf(place), types);
    const added: NftOperation[] = [{ op, ...place, spec }];
    if (elements.length > 0) added.push({ op: 'add-elements', ...place, ...types, elements });
    return added;
  }

  #set(op: 'add-set' | 'create-set', what: 'set' | 'map'): void {
    const place = this.#inSet();
    this.#cursor.expect('{');
    this.#operations.push(...this.#setOperations(place, what, op));
  }

  #chain(op: 'add-chain' | 'create-chain'): void {
    const place = this.#inChain();
    if (!this.#cursor.accept('{')) {
      this.#operations.push({ op, ...place });
      return;
    }
    const { rules, ...body } = parseChainBody(this.#cursor, place.family);
    this.#operations.push(
      { op, ...place, ...body },
      ...rules.map((rule): NftOperation => ({ op: 'add-rule', ...place, rule })),
    );
  }

  #rule(op: 'add-rule' | 'insert-rule'): void {
    const cursor = this.#cursor;
    const place = this.#inChain();
    const most = Number.MAX_SAFE_INTEGER;
    const beside =
      cursor.accept('handle') || cursor.accept('position')
        ? { handle: cursor.number('a handle', most) }
        : cursor.accept('index')
          ? { index: cursor.number('an index') }
          : {};
    const rule = parseRule(cursor, place.family);
    this.#operations.push({ op, ...place, ...beside, rule });
  }

  #object<const T extends string>(objects: readonly T[]): T {
    const cursor = this.#cursor;
    if (UNSUPPORTED_OBJECTS.has(cursor.keyword)) cursor.refuse(cursor.keyword);
    return cursor.oneOf(objects, 'an object');
  }

  /** A family and the name of a table. Without a family it is `ip`. */
  #named(): Named {
    const cursor = this.#cursor;
    if (cursor.keyword === 'arp') cursor.refuse('the family arp');
    const family = NFT_FAMILIES.find((each) => each === cursor.keyword);
    if (family !== undefined) cursor.next();
    return { family: family ?? 'ip', table: cursor.word('the name of a table') };
  }

  #inChain(): Named & { readonly chain: string } {
    return { ...this.#named(), chain: this.#cursor.word('the name of a chain') };
  }

  #inSet(): Named & { readonly set: string } {
    return { ...this.#named(), set: this.#cursor.word('the name of a set') };
  }

  #typesOf(place: Named & { readonly set: string }): NftSetTypes {
    const { family, table, set } = place;
    const types = this.#declared.get(keyOf(place)) ?? this.#known(family, table, set);
    if (types !== undefined) return types;
    return this.#cursor.fail(
      `nothing is known of the set ${set} of the table ${family} ${table}`,
      'a set that was declared before',
    );
  }
}

const keyOf = ({ family, table, set }: Named & { readonly set: string }): string =>
  `${family} ${table} ${set}`;
