import type { Device } from './core.ts';
import {
  IPV4_CONF,
  IPV6_CONF,
  type Ipv4Conf,
  type Ipv6Conf,
  NAMESPACE_SYSCTLS,
  NEIGHBOUR_SYSCTLS,
  NEIGHBOUR_TABLE_SYSCTLS,
} from './sysctl-defaults.ts';

/** One setting of `net.ipv4.conf.*` or `net.ipv6.conf.*`. */
export interface ConfKey {
  readonly family: 4 | 6;
  /** `all`, `default` or a device. */
  readonly scope: string;
  readonly name: string;
}

/** Splits a key; the device keeps its own dots as `/`. */
export function parseConfKey(key: string): ConfKey | undefined {
  const match = /^net\.ipv([46])\.conf\.([^.]+)\.(\w+)$/.exec(key);
  if (match === null) return undefined;
  const [, family, scope, name] = match;
  if (scope === undefined || name === undefined) return undefined;
  return { family: family === '4' ? 4 : 6, scope: scope.replaceAll('/', '.'), name };
}

/** Values of a namespace's sysctls. Reading and writing has no side effects here. */
export class Sysctls {
  readonly ipv4All: Ipv4Conf = { ...IPV4_CONF, accept_source_route: 0 };
  readonly ipv6All: Ipv6Conf = { ...IPV6_CONF };
  readonly ipv4Default: Ipv4Conf = { ...IPV4_CONF };
  readonly ipv6Default: Ipv6Conf = { ...IPV6_CONF };
  readonly #devices: ReadonlyMap<string, Device>;
  /** What has no place of its own: the kernel's defaults, and from the first writing on a copy of them. */
  #values: ReadonlyMap<string, number> = DEFAULTS;
  #written: Map<string, number> | undefined;
  /** Settings of neighbour tables by device, as far as they have been asked for; none before one was written. */
  #neighbours: Readonly<Record<4 | 6, Map<string, Map<string, number>>>> | undefined;
  #bridgeCalls = { 4: true, 6: true };

  constructor(devices: ReadonlyMap<string, Device>) {
    this.#devices = devices;
  }

  /** `undefined` when the namespace has no such key. */
  get(key: string): number | undefined {
    // First what packets ask for again and again.
    const plain = this.#values.get(key);
    if (plain !== undefined) return plain;
    if (key === 'net.ipv4.ip_forward') return this.ipv4All.forwarding;
    const conf = parseConfKey(key);
    if (conf !== undefined) {
      const values = this.confOf(conf);
      return values !== undefined && isKeyOf(values, conf.name) ? values[conf.name] : undefined;
    }
    return neighbourDefault(key, this.#devices);
  }

  /** Returns false when there is no such key. */
  set(key: string, value: number): boolean {
    if (this.get(key) === undefined) return false;
    const conf = parseConfKey(key);
    if (conf === undefined) {
      this.#written ??= new Map(DEFAULTS);
      this.#written.set(key, value);
      this.#values = this.#written;
      if (NEIGHBOUR_KEY.test(key)) this.#neighbours = { 4: new Map(), 6: new Map() };
      if (key === 'net.bridge.bridge-nf-call-iptables') this.#bridgeCalls[4] = value !== 0;
      if (key === 'net.bridge.bridge-nf-call-ip6tables') this.#bridgeCalls[6] = value !== 0;
      return true;
    }
    const values = this.confOf(conf);
    if (values !== undefined && isKeyOf(values, conf.name)) values[conf.name] = value;
    return true;
  }

  /** As `sysctl -a` prints them, the keys in order. */
  lines(): string {
    const scopes = [...this.#devices.keys()].map((name) => name.replaceAll('.', '/'));
    const keys = new Set(this.#values.keys()).add('net.ipv4.ip_forward');
    for (const scope of ['all', 'default', ...scopes]) {
      for (const name of Object.keys(IPV4_CONF)) keys.add(`net.ipv4.conf.${scope}.${name}`);
      for (const name of Object.keys(IPV6_CONF)) keys.add(`net.ipv6.conf.${scope}.${name}`);
      for (const name of Object.keys({ ...NEIGHBOUR_SYSCTLS, ...NEIGHBOUR_TABLE_SYSCTLS })) {
        if (OBSOLETE.has(name)) continue;
        keys.add(`net.ipv4.neigh.${scope}.${name}`).add(`net.ipv6.neigh.${scope}.${name}`);
      }
    }
    return [...keys]
      .sort()
      .flatMap((key) => {
        const value = this.get(key);
        return value === undefined ? [] : [`${key} = ${value}\n`];
      })
      .join('');
  }

  /** A setting of a device's neighbour table; 0 when there is none of that name. */
  neighbour(family: 4 | 6, device: string, name: string): number {
    const usual = NEIGHBOUR_SYSCTLS[name] ?? 0;
    if (this.#neighbours === undefined) return usual;
    const known = this.#neighbours[family].get(device) ?? new Map<string, number>();
    let value = known.get(name);
    if (value === undefined) {
      value = this.get(`net.ipv${family}.neigh.${device.replaceAll('.', '/')}.${name}`) ?? usual;
      known.set(name, value);
      this.#neighbours[family].set(device, known);
    }
    return value;
  }

  /** Whether bridged packets of the family walk iptables. */
  bridgeCallsNetfilter(family: 4 | 6): boolean {
    return this.#bridgeCalls[family];
  }

  /** Settings of `all`, `default` or a device; `undefined` when there is no such device. */
  confOf({ family, scope }: ConfKey): Ipv4Conf | Ipv6Conf | undefined {
    if (scope === 'all') return family === 4 ? this.ipv4All : this.ipv6All;
    if (scope === 'default') return family === 4 ? this.ipv4Default : this.ipv6Default;
    const device = this.#devices.get(scope);
    return family === 4 ? device?.ipv4 : device?.ipv6;
  }
}

/** In other units under other names too. */
const OBSOLETE: ReadonlySet<string> = new Set(['base_reachable_time', 'retrans_time']);

const DEFAULTS: ReadonlyMap<string, number> = new Map(Object.entries(NAMESPACE_SYSCTLS));
const NEIGHBOUR_KEY = /^net\.ipv[46]\.neigh\.([^.]+)\.(\w+)$/;

function neighbourDefault(key: string, devices: ReadonlyMap<string, Device>): number | undefined {
  const [, scope, name] = NEIGHBOUR_KEY.exec(key) ?? [];
  if (scope === undefined || name === undefined) return undefined;
  if (scope === 'default') return NEIGHBOUR_SYSCTLS[name] ?? NEIGHBOUR_TABLE_SYSCTLS[name];
  return devices.has(scope.replaceAll('/', '.')) ? NEIGHBOUR_SYSCTLS[name] : undefined;
}

const isKeyOf = (values: Ipv4Conf | Ipv6Conf, name: string): name is keyof typeof values =>
  Object.hasOwn(values, name);
