import type { IpsetEntry, IpsetType } from '@podpath/linux';
import { type Ip, type IpFamily, type Prefix, prefixOf } from '@podpath/net';
import type { RulePlace } from './match-choices.ts';
import type { Plan } from './plan.ts';
import { PORTS } from './ports.ts';
import { anyAddress } from './routing-choices.ts';

const TYPES: readonly (readonly [weight: number, type: IpsetType])[] = [
  [3, 'hash:ip'],
  [3, 'hash:net'],
  [3, 'hash:ip,port'],
  [1, 'hash:net,port'],
  [1, 'hash:ip,port,ip'],
  [1, 'hash:ip,port,net'],
  [1, 'bitmap:port'],
  [1, 'list:set'],
];
/** How many ends of a packet a rule has to name; of a list as many as any member asks for. */
const DIMENSIONS: Record<IpsetType, number> = {
  'hash:ip': 1,
  'hash:net': 1,
  'hash:ip,port': 2,
  'hash:net,port': 2,
  'hash:ip,port,ip': 3,
  'hash:ip,port,net': 3,
  'hash:net,net': 2,
  'bitmap:port': 1,
  'list:set': 3,
};
/** Longer than any set-up is played. */
const TIMEOUT_SECONDS = 3600;

/** Makes one or two sets with members for rules to ask. */
export function addSets(plan: Plan, namespace: string, family: IpFamily): RulePlace['sets'] {
  const { random } = plan;
  const sets: { name: string; dimensions: number }[] = [];
  const listable: string[] = [];
  for (let index = 1; index <= random.between(1, 3); index++) {
    const type = random.weighted(TYPES.map(([weight, type]) => [weight, type] as const));
    const set = `s${family}${index}`;
    const counters = random.chance(0.15);
    const ages = random.chance(0.15);
    plan.apply(namespace, {
      kind: 'ipset',
      op: 'create',
      set,
      type,
      family,
      ...(type === 'bitmap:port' ? { range: { first: 0, last: 65_535 } } : {}),
      ...(counters ? { counters } : {}),
      ...(ages ? { timeoutSeconds: random.pick([0, TIMEOUT_SECONDS]) } : {}),
    });
    const members = new Map<string, IpsetEntry>();
    for (let count = random.between(0, 4); count > 0; count--) {
      const entry = entryOf(plan, type, family, listable);
      if (entry !== undefined) members.set(keyOf(entry), entry);
    }
    for (const entry of members.values()) {
      const timeout = ages && random.chance(0.5) ? { timeoutSeconds: TIMEOUT_SECONDS } : {};
      plan.apply(namespace, { kind: 'ipset', op: 'add', set, entry, ...timeout });
    }
    if (type !== 'list:set') listable.push(set);
    sets.push({ name: set, dimensions: DIMENSIONS[type] });
    plan.use(`set ${type}`);
    if (counters) plan.use('set with counters');
    if (ages) plan.use('set with timeouts');
  }
  return sets;
}

const keyOf = (entry: IpsetEntry): string =>
  JSON.stringify(entry, (_, value) => (typeof value === 'bigint' ? String(value) : value));

function entryOf(
  plan: Plan,
  type: IpsetType,
  family: IpFamily,
  listable: readonly string[],
): IpsetEntry | undefined {
  const { random } = plan;
  const address = (): Ip => anyAddress(plan, family);
  const net = (): { readonly prefix: Prefix; readonly nomatch?: boolean } => ({
    prefix: prefixOf(address(), random.between(8, family === 4 ? 32 : 128)),
    ...(random.chance(0.2) ? { nomatch: true } : {}),
  });
  const port = () => ({
    protocol: random.pick(['tcp', 'udp'] as const),
    port: random.pick(PORTS),
  });
  switch (type) {
    case 'hash:ip':
      return { kind: 'ip', address: address() };
    case 'hash:net':
      return { kind: 'net', ...net() };
    case 'hash:ip,port':
      return { kind: 'ip,port', address: address(), ...port() };
    case 'hash:net,port':
      return { kind: 'net,port', ...net(), ...port() };
    case 'hash:ip,port,ip':
      return { kind: 'ip,port,ip', address: address(), ...port(), second: address() };
    case 'hash:ip,port,net':
      return { kind: 'ip,port,net', address: address(), ...port(), ...net() };
    case 'bitmap:port':
      return { kind: 'port', port: random.pick(PORTS) };
    case 'list:set':
      return listable.length === 0 ? undefined : { kind: 'set', name: random.pick(listable) };
    default:
      return undefined;
  }
}
