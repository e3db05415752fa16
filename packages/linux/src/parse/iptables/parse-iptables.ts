import type { IpFamily } from '@podpath/net';
import type { Counters, IptablesCommand } from '../../commands.ts';
import type { TableName } from '../../netfilter/rule.ts';
import { LineCursor } from '../line-cursor.ts';
import { type Located, meaningfulLines } from '../located.ts';
import { shown } from '../parse-error.ts';
import { readRule } from './read-rule.ts';

export interface IptablesSource {
  readonly file: string;
  readonly family: IpFamily;
  /**
   * `save`: what a tool printed of a whole table, where a target that is no chain of it is a target that podpath does
   * not know. `program`: input for `iptables-restore --noflush`, where chains may be there already.
   */
  readonly form: 'save' | 'program';
  /** Sets of types that are not emulated, with why: rules that match against them become opaque. */
  readonly opaqueSets?: ReadonlyMap<string, string>;
}

const TABLES: readonly TableName[] = ['raw', 'mangle', 'nat', 'filter', 'security'];

/**
 * Reads `iptables-save`, `ip6tables-save` or `iptables-restore` text, counters included, as commands in their order.
 * What is not emulated in a rule is kept as it was written, as an `opaque` match or target. Throws ParseError.
 */
export function parseIptables(
  text: string,
  source: IptablesSource,
): readonly Located<IptablesCommand>[] {
  return new IptablesReader(source).read(text);
}

class IptablesReader {
  readonly #source: IptablesSource;
  readonly #commands: Located<IptablesCommand>[] = [];
  #table: TableName | undefined;
  #chains = new Set<string>();

  constructor(source: IptablesSource) {
    this.#source = source;
  }

  read(text: string): readonly Located<IptablesCommand>[] {
    let last = 1;
    for (const { line, value } of meaningfulLines(text)) {
      last = line;
      this.#line(new LineCursor(this.#source.file, line, value, 'escaped'));
    }
    if (this.#table !== undefined) {
      const end = new LineCursor(this.#source.file, last, '');
      end.fail(`table ${this.#table} does not end`, 'a line COMMIT');
    }
    return this.#commands;
  }

  #line(cursor: LineCursor): void {
    const first = cursor.peek() ?? '';
    if (this.#table === undefined) {
      this.#begin(cursor);
      return;
    }
    if (first === 'COMMIT') {
      cursor.take('COMMIT');
      cursor.expectEnd();
      this.#table = undefined;
      return;
    }
    if (first.startsWith(':')) this.#chain(cursor, this.#table);
    else this.#command(cursor, this.#table);
  }

  #begin(cursor: LineCursor): void {
    const word = cursor.take('a table');
    const table = TABLES.find((name) => word === `*${name}`);
    if (table === undefined) {
      cursor.failBefore(`${shown(word)} begins no table that is known`, `*${TABLES.join(', *')}`);
    }
    cursor.expectEnd();
    this.#table = table;
    this.#chains = new Set();
  }

  /** `:CHAIN POLICY [packets:bytes]`, the policy of a chain of one's own being `-`. */
  #chain(cursor: LineCursor, table: TableName): void {
    const chain = cursor.take('a chain').slice(1);
    if (chain === '') cursor.failBefore('a chain without a name', 'a name after the colon');
    const policy = cursor.choice('policy', ['ACCEPT', 'DROP', '-']);
    const counters = cursor.atEnd ? undefined : readCounters(cursor);
    cursor.expectEnd();
    this.#chains.add(chain);
    const common = { kind: 'iptables' as const, family: this.#source.family, table };
    this.#add(
      cursor,
      policy === '-'
        ? { ...common, op: 'new-chain', chain }
        : { ...common, op: 'policy', chain, policy, ...countersField(counters) },
    );
  }

  #command(cursor: LineCursor, table: TableName): void {
    const counters = cursor.peek()?.startsWith('[') === true ? readCounters(cursor) : undefined;
    const op = cursor.choice('command', ['-A', '-I', '-D', '-N', '-F', '-X', '-P']);
    const chain = cursor.take('a chain');
    const common = { kind: 'iptables' as const, family: this.#source.family, table, chain };
    switch (op) {
      case '-A':
        this.#add(cursor, {
          ...common,
          op: 'append',
          rule: this.#rule(cursor),
          ...countersField(counters),
        });
        break;
      case '-I': {
        const numbered = /^\d+$/.test(cursor.peek() ?? '');
        const index = numbered ? cursor.integer('rule number', 1, 0x7fff_ffff) : 1;
        this.#add(cursor, { ...common, op: 'insert', index, rule: this.#rule(cursor) });
        break;
      }
      case '-D':
        this.#add(cursor, { ...common, op: 'delete', rule: this.#rule(cursor) });
        break;
      case '-P':
        this.#add(cursor, {
          ...common,
          op: 'policy',
          policy: cursor.choice('policy', ['ACCEPT', 'DROP']),
        });
        break;
      default:
        this.#add(cursor, { ...common, op: OPS[op] });
    }
    cursor.expectEnd();
  }

  #rule(cursor: LineCursor) {
    const { form, family, opaqueSets } = this.#source;
    return readRule(cursor, {
      family,
      opaqueSet: (name) => opaqueSets?.get(name),
      isChain: (name) =>
        this.#chains.has(name) ||
        // A chain that this text does not make may be there; a target with options is no chain.
        (form === 'program' && cursor.atEnd && !EXTENSIONS_WITHOUT_OPTIONS.has(name)),
    });
  }

  #add(cursor: LineCursor, value: IptablesCommand): void {
    this.#commands.push({ line: cursor.line, value });
  }
}

const OPS = { '-N': 'new-chain', '-F': 'flush-chain', '-X': 'delete-chain' } as const;

const EXTENSIONS_WITHOUT_OPTIONS: ReadonlySet<string> = new Set([
  'LOG',
  'MASQUERADE',
  'NFLOG',
  'NOTRACK',
  'QUEUE',
  'REDIRECT',
  'REJECT',
  'TRACE',
]);

/** Numbers beyond what a double holds exactly are rounded. */
function readCounters(cursor: LineCursor): Counters {
  const text = cursor.take('counters');
  const [, packets, bytes] = /^\[(\d{1,20}):(\d{1,20})\]$/.exec(text) ?? [];
  if (packets === undefined || bytes === undefined) {
    return cursor.failBefore(`${shown(text)} are no counters`, '[PACKETS:BYTES]');
  }
  return { packets: Number(packets), bytes: Number(bytes) };
}

const countersField = (counters: Counters | undefined): { readonly counters?: Counters } =>
  counters === undefined || (counters.packets === 0 && counters.bytes === 0) ? {} : { counters };
