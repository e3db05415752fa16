import type { Command, Rule, TableName, Target } from '@podpath/linux';
import { matchesFor, type RulePlace } from './match-choices.ts';
import { addNftTable } from './nft/nft-tables.ts';
import { type Plan, serviceAddress } from './plan.ts';
import { PORTS } from './ports.ts';
import { addSets } from './set-choices.ts';
import { targetFor } from './target-choices.ts';

const HOOKS: Record<RulePlace['table'], readonly string[]> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** Adds ipsets and iptables rules to namespaces at random, forwarding ones first of all. */
export function addNetfilterChoices(plan: Plan): void {
  const { random } = plan;
  for (const namespace of plan.namespaces) {
    const forwards = plan.devicesOf(namespace).length > 1;
    if (!random.chance(forwards ? 0.85 : 0.3)) continue;
    const programmer = random.weighted([
      [5, 'iptables'],
      [4, 'nft'],
      [1, 'both'],
    ] as const);
    plan.use(`rules by ${programmer}`);
    if (programmer !== 'iptables') addNftTable(plan, namespace);
    if (programmer === 'nft') continue;
    for (const family of plan.families) {
      const sets = random.chance(0.4) ? addSets(plan, namespace, family) : [];
      for (const table of ['raw', 'mangle', 'nat', 'filter'] as const) {
        if (random.chance(table === 'filter' ? 0.8 : table === 'nat' ? 0.6 : 0.35)) {
          addTable(plan, { namespace, family, table, sets });
        }
      }
    }
  }
}

type TablePlace = Omit<RulePlace, 'chain'>;

function addTable(plan: Plan, place: TablePlace): void {
  const { random } = plan;
  const { namespace, family, table } = place;
  const common = { kind: 'iptables', family, table } as const;
  const own = ['one', 'two'].slice(
    0,
    random.weighted([
      [3, 0],
      [2, 1],
      [1, 2],
    ]),
  );
  const commands: Command[] = own.map((chain) => ({ ...common, op: 'new-chain', chain }));
  // Jumps lead on, never back: a loop is another matter.
  for (const [at, chain] of own.entries()) {
    for (const rule of random.list(random.between(1, 3), () =>
      ruleFor(plan, { ...place, chain }, own.slice(at + 1)),
    )) {
      commands.push({ ...common, op: 'append', chain, rule });
    }
  }
  if (table === 'nat') commands.push(...serviceRules(plan, place));
  for (let count = random.between(1, 5); count > 0; count--) {
    const chain = random.pick(HOOKS[table]);
    const rule = ruleFor(plan, { ...place, chain }, own);
    const insert = random.chance(0.15);
    commands.push(
      insert
        ? { ...common, op: 'insert', chain, index: 1, rule }
        : { ...common, op: 'append', chain, rule },
    );
  }
  if (table !== 'nat' && random.chance(0.05)) {
    commands.push({ ...common, op: 'policy', chain: random.pick(HOOKS[table]), policy: 'DROP' });
    plan.use('policy DROP');
  }
  plan.apply(namespace, ...commands);
  plan.use(`table ${table}`);
}

function ruleFor(plan: Plan, place: RulePlace, chains: readonly string[]): Rule {
  const matches = matchesFor(plan, place);
  const protocol = matches.find((match) => match.kind === 'protocol' && match.invert !== true);
  const target = targetFor(
    plan,
    place,
    chains,
    protocol?.kind === 'protocol' ? protocol.protocol : undefined,
  );
  return target === undefined ? { matches } : { matches, target };
}

/** What makes an address that nobody has lead somewhere, and what comes back find its way. */
function serviceRules(plan: Plan, { family, table }: TablePlace): readonly Command[] {
  const { random } = plan;
  const commands: Command[] = [];
  const append = (chain: string, rule: Rule): void => {
    commands.push({
      kind: 'iptables',
      family,
      table: table as TableName,
      op: 'append',
      chain,
      rule,
    });
  };
  const hosts = plan.addressesOf(family);
  for (let index = 1; index <= random.between(0, 2) && hosts.length > 0; index++) {
    const protocol = random.pick(['tcp', 'udp'] as const);
    const port = random.pick(PORTS);
    const target: Target = {
      kind: 'dnat',
      address: random.pick(hosts).address,
      ...(random.chance(0.7) ? { port: random.pick(PORTS) } : {}),
    };
    const whole = family === 4 ? 32 : 128;
    const rule: Rule = {
      matches: [
        { kind: 'destination', prefix: { address: serviceAddress(family, index), length: whole } },
        { kind: 'protocol', protocol },
        ...(random.chance(0.8)
          ? ([{ kind: 'port', protocol, side: 'destination', first: port, last: port }] as const)
          : []),
      ],
      target,
    };
    for (const chain of random.chance(0.7) ? ['PREROUTING', 'OUTPUT'] : ['PREROUTING'])
      append(chain, rule);
    plan.use('service');
  }
  if (random.chance(0.4)) append('POSTROUTING', { matches: [], target: { kind: 'masquerade' } });
  return commands;
}
