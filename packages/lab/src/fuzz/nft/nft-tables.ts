import { parseNft } from '@podpath/linux';
import type { Plan } from '../plan.ts';
import { nftMatches } from './nft-matches.ts';
import type { NftChainType, NftPlace, NftTableFamily, Said } from './nft-place.ts';
import { planSets } from './nft-sets.ts';
import { nftActions } from './nft-statements.ts';

const BASES: readonly (readonly [
  weight: number,
  type: NftChainType,
  hook: string,
  priorities: readonly string[],
])[] = [
  [3, 'filter', 'prerouting', ['raw', 'mangle', '-110', '-10', 'filter']],
  [2, 'filter', 'input', ['mangle', 'filter', '10', 'security']],
  [5, 'filter', 'forward', ['mangle', 'filter', 'filter', '-5', '10', 'security']],
  [2, 'filter', 'output', ['raw', 'mangle', '-110', 'filter', '10']],
  [2, 'filter', 'postrouting', ['mangle', 'filter', '90', '110', '300']],
  [1, 'route', 'output', ['raw', 'mangle', '-10', 'filter']],
  [4, 'nat', 'prerouting', ['dstnat', '-110', '-90', 'filter']],
  [3, 'nat', 'output', ['-100', '-110', '10']],
  [4, 'nat', 'postrouting', ['srcnat', 'srcnat', '110', '90']],
  [1, 'nat', 'input', ['100', '-100', '90']],
];

/** Adds one table of nftables to a namespace: sets, chains at hooks, and rules, in one transaction. */
export function addNftTable(plan: Plan, namespace: string): void {
  const { random } = plan;
  const family = tableFamily(plan);
  const table = `${family} t`;
  const common = random.chance(0.5) ? ['c1'] : [];
  const { lines: setLines, sets } = planSets(
    { plan, namespace, family, chains: common },
    random.weighted([
      [1, 0],
      [2, 1],
      [2, 2],
      [1, 4],
    ]),
  );
  const lines = [`add table ${table}`, ...common.map((chain) => `add chain ${table} ${chain}`)];
  const rules: string[] = [];
  const place = { plan, namespace, family, chains: common, sets } as const;
  // Wherever it is reached from, these can be done.
  for (const chain of common) {
    for (let count = random.between(1, 2); count > 0; count--) {
      const mark = random.chance(0.4) ? 'meta mark set meta mark | 0x8 ' : '';
      rules.push(
        `add rule ${table} ${chain} ${mark}counter ${random.pick(['', 'accept', 'return'])}`,
      );
    }
  }
  const count = random.between(1, 4);
  for (let index = 1; index <= count; index++) {
    const [, type, hook, priorities] = random.weighted(
      BASES.map((base) => [base[0], base] as const),
    );
    const chain = `b${index}`;
    const policy = random.chance(0.05) ? 'drop' : 'accept';
    const priority = random.pick(priorities);
    lines.push(
      `add chain ${table} ${chain} { type ${type} hook ${hook} priority ${priority} ; policy ${policy} ; }`,
    );
    plan.use(`nft ${family} ${type} ${hook}`);
    const own = random.chance(0.4) ? [`u${index}`] : [];
    for (const name of own) {
      lines.push(`add chain ${table} ${name}`);
      rules.push(...rulesFor({ ...place, type, hook }, `${table} ${name}`, 2));
    }
    rules.push(
      ...rulesFor({ ...place, type, hook, chains: [...common, ...own] }, `${table} ${chain}`, 5),
    );
  }
  const text = `${[...lines, ...setLines, ...rules].join('\n')}\n`;
  plan.apply(namespace, parseNft(text, 'drawn rules'));
  plan.use(`nft table ${family}`);
}

/** Of the versions that the network has. */
function tableFamily({ random, families }: Plan): NftTableFamily {
  const [only] = families.length === 1 ? families : [];
  if (only === undefined) return random.pick(['ip', 'ip6', 'inet', 'inet']);
  return random.chance(0.4) ? 'inet' : only === 4 ? 'ip' : 'ip6';
}

function rulesFor(place: NftPlace, chain: string, most: number): readonly string[] {
  const { random } = place.plan;
  return random.list(random.between(1, most), () => {
    const verb = random.chance(0.1) ? 'insert' : 'add';
    return `${verb} rule ${chain} ${nftRule(place)}`;
  });
}

/** Statements of one rule, nearly always counted. */
function nftRule(place: NftPlace): string {
  const { random } = place.plan;
  const said: Said = { network: undefined, transport: undefined };
  const matches = nftMatches(place, said);
  const actions = nftActions(place, said);
  const counters = random.weighted([
    [8, ['counter']],
    [1, []],
  ]);
  const parts = [...matches, ...counters, ...actions];
  const comment = random.chance(0.05) ? ' comment "a comment"' : '';
  return `${parts.length === 0 ? 'counter' : parts.join(' ')}${comment}`;
}
