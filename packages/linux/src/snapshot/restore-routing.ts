import { familyOf, formatPrefix, type Ip, type IpFamily, type Mac } from '@podpath/net';
import type { AddressAdd, Command, RuleSpec } from '../commands.ts';
import type { NamespaceRestorer } from './namespace-restorer.ts';
import { finishRoutes, restoreRoutes } from './restore-routes.ts';
import { restoreAddressGeneration } from './restore-settings.ts';

const FAMILIES: readonly IpFamily[] = [4, 6];

/** Addresses, rules, routes, neighbours and FDB entries, on devices that are up. Throws ParseError and SnapshotError. */
export function restoreRouting(
  restorer: NamespaceRestorer,
  macBeyond: (dev: string, address: Ip) => Mac | undefined,
): void {
  restoreAddresses(restorer);
  for (const family of FAMILIES) {
    // Gateways are looked for by the rules that there are: those of a new namespace find most, those of the dump the rest.
    const rest = restoreRoutes(restorer, family);
    restoreRules(restorer, family);
    finishRoutes(restorer, family, rest);
  }
  restoreAddressGeneration(restorer);
  restoreNeighbours(restorer, macBeyond);
  restoreFdb(restorer);
}

function restoreAddresses(restorer: NamespaceRestorer): void {
  const { commands, unused } = restorer.dump.addresses();
  const wanted = commands.filter(({ dev }) => restorer.roleOf(dev) !== 'member');
  const key = (dev: string, address: Ip, length: number): string =>
    `${dev} ${formatPrefix({ address, length })}`;
  const surplus = new Map<string, Command>();
  for (const { name, addresses } of restorer.view.devices()) {
    for (const address of addresses) {
      const command: Command = { kind: 'address-delete', dev: name, address };
      surplus.set(key(name, address.address, address.length), command);
    }
  }
  const wanting = wanted.filter(
    ({ dev, address }) => !surplus.delete(key(dev, address.address, address.length)),
  );
  restorer.apply('ip-address.json', [...surplus.values(), ...asTheyCame(wanting)]);
  if (unused.length > 0) restorer.note(`addresses left out: ${unused.join(', ')}`);
}

/** Of a device's IPv6 addresses the kernel lists the newest first, and takes the first of equals. */
function asTheyCame(addresses: readonly AddressAdd[]): readonly AddressAdd[] {
  const devices = new Map<string, { ipv4: AddressAdd[]; ipv6: AddressAdd[] }>();
  for (const address of addresses) {
    const known = devices.get(address.dev) ?? { ipv4: [], ipv6: [] };
    devices.set(address.dev, known);
    (familyOf(address.address.address) === 4 ? known.ipv4 : known.ipv6).push(address);
  }
  return [...devices.values()].flatMap(({ ipv4, ipv6 }) => [...ipv4, ...ipv6.reverse()]);
}

const defaultRules = (family: IpFamily): readonly RuleSpec[] =>
  [[0, 255], [32_766, 254], ...(family === 4 ? [[32_767, 253]] : [])].map(
    ([priority = 0, table = 0]) => ({ family, priority, action: { kind: 'lookup', table } }),
  );

function restoreRules(restorer: NamespaceRestorer, family: IpFamily): void {
  const wanted = restorer.dump.rules(family);
  if (wanted === undefined) {
    restorer.note(
      `IPv${family} routing rules were not collected: taken to be those of a new namespace`,
    );
    return;
  }
  // A kernel without IPv6 has no rules for it.
  if (family === 6 && wanted.length === 0) return;
  const surplus = new Map(defaultRules(family).map((rule) => [ruleKey(rule), rule]));
  const wanting = wanted.filter((rule) => !surplus.delete(ruleKey(rule)));
  restorer.apply(`ip-${family}-rule.json`, [
    ...[...surplus.values()].map((rule): Command => ({ kind: 'rule-delete', rule })),
    ...wanting.map((rule): Command => ({ kind: 'rule-add', rule })),
  ]);
}

/** Field by field in one order, whatever order they were made in. */
const ruleKey = (rule: RuleSpec): string => {
  const { priority, not, from, to, fwmark, iif, oif, action } = rule;
  const { sourcePorts: sport, destinationPorts: dport } = rule;
  return [
    priority,
    not === true,
    rule.tos ?? 0,
    rule.protocol ?? 0,
    sport === undefined ? '' : `${sport.first}-${sport.last}`,
    dport === undefined ? '' : `${dport.first}-${dport.last}`,
    from === undefined ? '' : formatPrefix(from),
    to === undefined ? '' : formatPrefix(to),
    fwmark === undefined ? '' : `${fwmark.value}/${fwmark.mask}`,
    iif ?? '',
    oif ?? '',
    action.kind,
    action.kind === 'lookup' ? `${action.table} ${action.suppressPrefixLength ?? ''}` : '',
    action.kind === 'goto' ? action.priority : '',
  ].join(' ');
};

function isEmulated(restorer: NamespaceRestorer, dev: string): boolean {
  const role = restorer.roleOf(dev);
  return role !== undefined && role !== 'member' && role !== 'lo';
}

function restoreNeighbours(
  restorer: NamespaceRestorer,
  macBeyond: (dev: string, address: Ip) => Mac | undefined,
): void {
  const { commands, proxies, everywhere } = restorer.dump.neighbours();
  const usable = commands.filter(({ dev }) => isEmulated(restorer, dev));
  restorer.apply(
    'ip-neigh.json',
    usable.map((command) => ({
      ...command,
      mac: macBeyond(command.dev, command.address) ?? command.mac,
    })),
  );
  restorer.apply(
    'ip-neigh-proxy.json',
    proxies.filter(({ dev }) => isEmulated(restorer, dev)),
  );
  if (everywhere.length > 0) {
    const left = everywhere.join(', ');
    restorer.note(`entries that answer for others on every device are left out: ${left}`);
  }
}

function restoreFdb(restorer: NamespaceRestorer): void {
  const masters = new Map(restorer.roled.map(({ link }) => [link.name, link.master]));
  const usable = restorer.dump.fdb().filter(({ dev, dst }) => {
    if (dst !== undefined) return restorer.roleOf(dev) === 'vxlan';
    const master = masters.get(dev);
    return master !== undefined && restorer.roleOf(master) === 'bridge';
  });
  restorer.apply('bridge-fdb.json', usable);
}
