import type { IpFamily } from '@podpath/net';
import type { IptablesCommand, RuleSpec } from '../commands.ts';
import { type FdbAppend, parseFdb } from '../parse/bridge-fdb.ts';
import { parseBridgeLinks } from '../parse/bridge-link.ts';
import { type AddressDump, parseAddresses } from '../parse/ip-address.ts';
import { type LinkRecord, type PortRecord, parseLinks } from '../parse/ip-link.ts';
import { type NeighbourDump, parseNeighbours } from '../parse/ip-neighbour.ts';
import { parseRoutes, type RouteDump } from '../parse/ip-route.ts';
import { parseRules } from '../parse/ip-rule.ts';
import { type IpsetDump, parseIpset } from '../parse/ipset-save.ts';
import { parseIptables } from '../parse/iptables/parse-iptables.ts';
import { readJsonEntries } from '../parse/json-entry.ts';
import { type Located, meaningfulLines } from '../parse/located.ts';
import { parseTableNames } from '../parse/routing-tables.ts';
import { type ListeningSocket, parseSockets } from '../parse/socket-list.ts';
import { parseSysctl, type SysctlDump } from '../parse/sysctl-text.ts';
import { parseWireguardDump, type WireguardSetup } from '../parse/wireguard-dump.ts';
import { SnapshotError } from './snapshot-error.ts';
import type { SnapshotReader } from './snapshot-reader.ts';

/** What the collecting script wrote about one namespace, read when it is asked for. Everything throws ParseError. */
export class NamespaceDump {
  /** Emulated name. */
  readonly namespace: string;
  /** Path of its folder. */
  readonly folder: string;
  readonly #reader: SnapshotReader;
  #links: readonly LinkRecord[] | undefined;
  #addresses: AddressDump | undefined;
  #ipset: IpsetDump | undefined;
  #wireguard: readonly WireguardSetup[] | undefined;

  constructor(reader: SnapshotReader, folder: string, namespace: string) {
    this.#reader = reader;
    this.folder = folder;
    this.namespace = namespace;
  }

  path(file: string): string {
    return `${this.folder}/${file}`;
  }

  /** `undefined` when there is no such file. */
  text(file: string): string | undefined {
    return this.#reader.read(this.path(file));
  }

  /** Files that the script could not write, each with why. */
  missing(): readonly string[] {
    return [...meaningfulLines(this.#optional('missing'))].map(({ value }) => value);
  }

  links(): readonly LinkRecord[] {
    this.#links ??= parseLinks(this.#required('ip-link.json'), this.path('ip-link.json'));
    return this.#links;
  }

  addresses(): AddressDump {
    const file = 'ip-address.json';
    this.#addresses ??= parseAddresses(this.#required(file), this.path(file));
    return this.#addresses;
  }

  routes(family: IpFamily): RouteDump {
    const file = `ip-${family}-route.json`;
    const text = this.#required(file);
    return parseRoutes(text, { file: this.path(file), family, tables: this.#tables() });
  }

  /** `undefined` when they were not collected. */
  rules(family: IpFamily): readonly RuleSpec[] | undefined {
    const file = `ip-${family}-rule.json`;
    const text = this.#reader.read(this.path(file));
    if (text === undefined) return undefined;
    return parseRules(text, { file: this.path(file), family, tables: this.#tables() });
  }

  neighbours(): NeighbourDump {
    const [known, proxied] = ['ip-neigh.json', 'ip-neigh-proxy.json'].map((file) =>
      parseNeighbours(this.#optional(file), this.path(file)),
    );
    return {
      commands: known?.commands ?? [],
      proxies: [...(known?.proxies ?? []), ...(proxied?.proxies ?? [])],
      everywhere: [...(known?.everywhere ?? []), ...(proxied?.everywhere ?? [])],
    };
  }

  fdb(): readonly FdbAppend[] {
    return parseFdb(this.#optional('bridge-fdb.json'), this.path('bridge-fdb.json'));
  }

  /** How bridges treat their ports: as `bridge` tells, else as `ip` does. */
  ports(): ReadonlyMap<string, PortRecord> {
    const told = this.links().flatMap(({ name, port }): [string, PortRecord][] =>
      port === undefined ? [] : [[name, port]],
    );
    const file = 'bridge-link.json';
    return new Map([...told, ...parseBridgeLinks(this.#optional(file), this.path(file))]);
  }

  /** What WireGuard devices are told to do, without those that `wg` was not there to tell of. */
  wireguard(): readonly WireguardSetup[] {
    this.#wireguard ??= parseWireguardDump(
      this.#optional('wireguard.txt'),
      this.path('wireguard.txt'),
    );
    return this.#wireguard;
  }

  ipset(): IpsetDump {
    const file = 'ipset-save.txt';
    this.#ipset ??= parseIpset(this.#optional(file), this.path(file));
    return this.#ipset;
  }

  iptables(family: IpFamily): readonly Located<IptablesCommand>[] {
    const file = iptablesFile(family);
    const text = family === 4 ? this.#required(file) : this.#optional(file);
    return parseIptables(text, {
      file: this.path(file),
      family,
      form: 'save',
      opaqueSets: this.ipset().opaque,
    });
  }

  /** Names of the tables that iptables told of. */
  iptablesTables(family: IpFamily): ReadonlySet<string> {
    const text = this.#optional(iptablesFile(family));
    return new Set([...text.matchAll(/^\*(\S+)$/gm)].flatMap(([, name]) => name ?? []));
  }

  sysctls(): SysctlDump {
    return parseSysctl(this.#required('sysctl.txt'), this.path('sysctl.txt'));
  }

  /** `undefined` when they were not collected. */
  sockets(): readonly ListeningSocket[] | undefined {
    const text = this.#reader.read(this.path('sockets.txt'));
    return text === undefined ? undefined : parseSockets(text, this.path('sockets.txt'));
  }

  /** The name under which `ip netns` knows it, where it does. */
  netnsName(): string | undefined {
    const [, name] = /^netns = (\S+)$/m.exec(this.#optional('snapshot.txt')) ?? [];
    return name === '-' ? undefined : name;
  }

  /** Names of other namespaces by the number that this one has for each. */
  namespaceIds(): ReadonlyMap<number, string> {
    const ids = new Map<number, string>();
    const file = 'netns-ids.json';
    for (const entry of readJsonEntries(this.#optional(file), this.path(file))) {
      const name = entry.optionalText('name');
      if (name !== undefined) ids.set(entry.integer('nsid'), name);
    }
    return ids;
  }

  #tables(): ReadonlyMap<string, number> {
    return parseTableNames(this.#optional('rt_tables.txt'));
  }

  #optional(file: string): string {
    return this.#reader.read(this.path(file)) ?? '';
  }

  #required(file: string): string {
    const text = this.#reader.read(this.path(file));
    if (text !== undefined) return text;
    const why = this.missing().find((line) => line.startsWith(`${file}: `));
    throw new SnapshotError(
      this.path(file),
      `there is no such file${why === undefined ? '' : ` (${why.slice(file.length + 2)})`}`,
      `what ${TOLD_BY[file] ?? 'the collecting script'} prints; without it a trace would be wrong`,
    );
  }
}

export const iptablesFile = (family: IpFamily): string =>
  family === 4 ? 'iptables-save.txt' : 'ip6tables-save.txt';

const TOLD_BY: Readonly<Record<string, string>> = {
  'ip-link.json': 'ip -json -details link',
  'ip-address.json': 'ip -json address',
  'ip-4-route.json': 'ip -4 -json route show table all',
  'ip-6-route.json': 'ip -6 -json route show table all',
  'iptables-save.txt': 'iptables-save -c',
  'sysctl.txt': 'sysctl -a',
};
