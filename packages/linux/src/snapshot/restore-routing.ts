import { formatIp, formatPrefix, type Ip, type IpFamily, type Mac } from '@podpath/net';
import type { Command, RouteSpec, RuleSpec } from '../commands.ts';
import type { NamespaceRestorer } from './namespace-restorer.ts';
import { compareRoutes } from './restore-routes.ts';
import { restoreAddressGeneration } from './restore-settings.ts';

const FAMILIES: readonly IpFamily[] = [4, 6];

/** Addresses, rules, routes, neighbours and FDB entries, on devices that are up. Throws ParseError and SnapshotError. */
export function restoreRouting(
  restorer: NamespaceRestorer,
  macBeyond: (dev: string, address: Ip) => Mac | undefined,
): void {
  restoreAddresses(restorer);
  for (const family of FAMILIES) {
    restoreRules(restorer, family);
    restoreRoutes(restorer, family);
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
  restorer.apply('ip-address.json', [...surplus.values(), ...wanting]);
  if (unused.length > 0) restorer.note(`addresses left out: ${unused.join(', ')}`);
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

function restoreRoutes(restorer: NamespaceRestorer, family: IpFamily): void {
  const file = `ip-${family}-route.json`;
  const { routes } = restorer.dump.routes(family);
  const { surplus, wanting } = compareRoutes(restorer.view, family, routes);
  restorer.apply(
    file,
    surplus.map((route): Command => ({ kind: 'route-delete', route })),
  );
  let rest = wanting;
  // A gateway may be reached by a route that comes later in the dump.
  for (let left = Number.POSITIVE_INFINITY; rest.length > 0 && rest.length < left; ) {
    left = rest.length;
    rest = rest.filter((route) => {
      const error = restorer.attempt({ kind: 'route-append', route });
      if (error !== undefined && !isUnreachable(error.code)) restorer.refuse(file, error);
      return error !== undefined;
    });
  }
  for (const route of rest) addByForce(restorer, file, route);
}

const isUnreachable = (code: string): boolean => code === 'ENETUNREACH' || code === 'EHOSTUNREACH';

/** The kernel keeps a route whose gateway is out of reach by now, and it works as long as the device does. */
function addByForce(restorer: NamespaceRestorer, file: string, route: RouteSpec): void {
  const { nexthops } = route;
  const forced =
    nexthops === undefined
      ? { onlink: true }
      : {
          nexthops: nexthops.map((hop) => (hop.via === undefined ? hop : { ...hop, onlink: true })),
        };
  restorer.apply(file, [{ kind: 'route-append', route: { ...route, ...forced } }]);
  const gateway = route.via === undefined ? '' : formatIp(route.via);
  restorer.note(`the gateway ${gateway} of ${formatPrefix(route.dst)} is on no link that is left`);
}

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
