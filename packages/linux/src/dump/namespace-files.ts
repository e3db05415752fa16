import type { IpFamily } from '@podpath/net';
import type { Namespace } from '../namespace.ts';
import { wireguardDump } from '../text/wireguard-dump.ts';
import { addressEntries } from './address-entries.ts';
import { bridgeLinkEntries } from './bridge-link-entries.ts';
import { devicesOf } from './device-facts.ts';
import { fdbEntries } from './fdb-entries.ts';
import { linkEntries } from './link-entries.ts';
import { neighbourEntries, proxyEntries } from './neighbour-entries.ts';
import { routeEntries } from './route-entries.ts';
import { ruleEntries } from './rule-entries.ts';
import { socketLines } from './socket-lines.ts';

/** What the collecting script would write of a namespace: texts by the names of files. */
export function namespaceFiles(namespace: Namespace): ReadonlyMap<string, string> {
  const { netfilter, sysctls, sockets } = namespace;
  const others: string[] = [];
  const numberOf = (name: string): number => {
    if (!others.includes(name)) others.push(name);
    return others.indexOf(name);
  };
  const links = linkEntries(namespace, numberOf);
  return new Map([
    ['snapshot.txt', `format = 1\nnetns = ${namespace.name}\n`],
    ['ip-link.json', jsonLine(links)],
    ['ip-address.json', jsonLine(addressEntries(namespace, numberOf))],
    ['ip-4-route.json', jsonLine(routeEntries(namespace, 4))],
    ['ip-6-route.json', jsonLine(routeEntries(namespace, 6))],
    ['ip-4-rule.json', jsonLine(ruleEntries(namespace, 4))],
    ['ip-6-rule.json', jsonLine(ruleEntries(namespace, 6))],
    ['ip-neigh.json', jsonLine(neighbourEntries(namespace))],
    ['ip-neigh-proxy.json', jsonLine(proxyEntries(namespace))],
    ['netns-ids.json', jsonLine(others.map((name, nsid) => ({ nsid, name })))],
    ['bridge-fdb.json', jsonLine(fdbEntries(namespace))],
    ['bridge-link.json', jsonLine(bridgeLinkEntries(namespace))],
    ['iptables-save.txt', netfilter.iptablesSave(4, { counters: true })],
    ['ip6tables-save.txt', netfilter.iptablesSave(6, { counters: true })],
    ['ipset-save.txt', netfilter.ipsetSave()],
    ['nft-ruleset.txt', netfilter.nftList()],
    ['wireguard.txt', wireguardDump(devicesOf(namespace))],
    ['sysctl.txt', sysctls.lines()],
    ['sockets.txt', socketLines(sockets)],
    ['conntrack.txt', connections(netfilter.conntrackList(), 4)],
    ['conntrack6.txt', connections(netfilter.conntrackList(), 6)],
    ['missing', ''],
  ]);
}

/** On one line, as the tools print it when nobody asks for more. */
const jsonLine = (entries: readonly object[]): string => `${JSON.stringify(entries)}\n`;

const connections = (list: string, family: IpFamily): string =>
  list
    .split(/(?<=\n)/)
    .filter((line) => /\bsrc=[0-9a-f.]*:/.test(line) === (family === 6))
    .join('');
