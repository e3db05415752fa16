import { Bench, TestEnvironment } from '../netfilter/test-support.ts';
import type { NftFamily, NftSetTypes } from './model/ruleset.ts';
import { parseNft } from './parse/parse-nft.ts';

/** Netfilter on a bench that takes nft's own text. Devices are numbered from 1: lo, e1, e2. */
export class NftBench extends Bench {
  readonly #types = new Map<string, NftSetTypes>();

  constructor(text = '', env = new TestEnvironment()) {
    super(env);
    if (text !== '') this.load(text);
  }

  /** One transaction. */
  load(text: string): this {
    const command = parseNft(text, 'rules', (family, table, set) =>
      this.#types.get(`${family} ${table} ${set}`),
    );
    for (const operation of command.operations) {
      if (operation.op !== 'add-set' && operation.op !== 'create-set') continue;
      const { family, table, set, spec } = operation;
      this.#types.set(`${family} ${table} ${set}`, spec);
    }
    return this.apply(command);
  }

  /** What the counters of a table count: packets, in the order of the listing. */
  packets(table: string, family: NftFamily = 'ip'): readonly number[] {
    return [
      ...section(this.netfilter.nftList(), `table ${family} ${table} {`).matchAll(COUNTER),
    ].map(([, packets]) => Number(packets));
  }

  /** The rules of a chain as they are listed. */
  rules(chain: string, handles = false): readonly string[] {
    return chainLines(this.netfilter.nftList({ handles }), chain);
  }
}

const COUNTER = /counter packets (\d+)/g;

const section = (listing: string, head: string): string => {
  const from = listing.indexOf(head);
  if (from < 0) return '';
  const end = listing.indexOf('\n}\n', from);
  return listing.slice(from, end);
};

/** The rules of a chain in a listing, without what makes it a base chain. */
const chainLines = (listing: string, chain: string): readonly string[] => {
  const lines = listing.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`\tchain ${chain} {`));
  const end = lines.findIndex((line, index) => index > at && line.startsWith('\t}'));
  return lines
    .slice(at + 1, end)
    .map((line) => line.trim())
    .filter((line) => !line.startsWith('type ') && line !== '');
};

/** A table with a set or map of each kind, and the base chain `c`. */
const tableWith = (family: NftFamily, base: string): string => `
table ${family} t {
  set s4 { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 1.2.3.4 } }
  set dyn { type ipv4_addr; flags dynamic,timeout; timeout 3h; size 1000; }
  set ports { type inet_service; }
  set mk { type mark; elements = { 0x1, 0x2 } }
  set pairs { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 80 } }
  map m { type ipv4_addr . inet_proto . inet_service : verdict; }
  map ifm { type ifname : verdict; }
  map d { type inet_service : ipv4_addr . inet_service; }
  map a { type inet_service : ipv4_addr; }
  map ai { type ipv4_addr : ipv4_addr; flags interval; }
  map mm { type ipv4_addr : mark; }
  chain x {
  }
  chain c { ${base}; }
}
`;

/** A rule as it is listed, of a table like that. */
export const listed = (family: NftFamily, base: string, rule: string): string =>
  new NftBench(tableWith(family, base))
    .load(`add rule ${family} t c ${rule}`)
    .rules('c')
    .join(' ; ');
