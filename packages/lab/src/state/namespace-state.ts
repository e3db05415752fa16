/**
 * What a namespace came to, as lines of text that both networks can be put into: equal states, equal lines. Where
 * the order says nothing the lines are sorted.
 */
export interface NamespaceState {
  /** Name, flags, MTU, master and MAC of each device. */
  readonly links: readonly string[];
  readonly addresses: readonly string[];
  /** Of every table that a command named, in the kernel's order. */
  readonly routes: readonly string[];
  readonly neighbours: readonly string[];
  readonly fdb: readonly string[];
  /** As the save tools print them, with counters. */
  readonly iptables: readonly string[];
  readonly ip6tables: readonly string[];
  readonly ipsets: readonly string[];
  /** Tables that iptables does not manage, as nft lists them, with counters. */
  readonly nft: readonly string[];
  readonly conntrack: readonly string[];
}

export type StatePart = keyof NamespaceState;

/** What there is to ask a namespace for: tools that have nothing to tell are not run. */
export interface StateWish {
  readonly namespace: string;
  readonly iptables: boolean;
  readonly ip6tables: boolean;
  readonly ipsets: boolean;
  readonly nft: boolean;
  readonly fdb: boolean;
  readonly ipv6: boolean;
  /** Routing tables by number. */
  readonly tables: readonly number[];
}

/** Lines of an iptables-save without its dated comments. */
export const saveLines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !line.startsWith('#'));

/**
 * Lines of `ipset save`, less the hash's random start and its size, which grows by the machine's leave, and what is left
 * of a member's time.
 */
export const ipsetLines = (text: string): readonly string[] => {
  const sets: string[][] = [];
  for (const line of saveLines(text)) {
    const plain = line.replace(/ initval \S+/, '').replace(/ hashsize \d+/, '');
    if (plain.startsWith('create ')) sets.push([plain]);
    else sets.at(-1)?.push(plain.replace(/ timeout [1-9]\d*/, ' timeout *'));
  }
  return sets.flatMap(([create = '', ...members]) =>
    // Members of a list have an order; those of a hash come as they lie.
    [create, ...(create.includes(' list:set ') ? members : members.sort())],
  );
};

/** What is left of an element's time. */
const LEFT = / expires [0-9a-z]+/g;

/** Lines of `nft list ruleset`, less the tables that iptables keeps its rules in and what passes with time. */
export const nftLines = (text: string): readonly string[] =>
  [...text.matchAll(/^table (\S+) (\S+) \{\n[\s\S]*?^\}/gm)]
    .filter(([, , name = '']) => !IPTABLES_TABLES.has(name))
    .flatMap(([table]) => table.split('\n'))
    .map((line) => line.trim().replaceAll(LEFT, ''))
    .filter((line) => line !== '');

const IPTABLES_TABLES: ReadonlySet<string> = new Set([
  'raw',
  'mangle',
  'nat',
  'filter',
  'security',
]);
