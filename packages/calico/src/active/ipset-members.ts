import type { Pod } from '@podpath/cluster';
import type { IpsetEntry } from '@podpath/linux';
import { familyOf, type Ip, type IpFamily } from '@podpath/net';
import { bitsOf } from '../ipam/ip-pool.ts';
import type { IpsetContent } from '../policies/scan-rules.ts';
import type { EndpointIndex } from './endpoint-index.ts';

/** The members of the sets that rules need, over the whole cluster. Each set is filled once, however many nodes ask. */
export class IpsetMembers {
  readonly #endpoints: EndpointIndex;
  readonly #filled = new Map<string, readonly IpsetEntry[]>();

  constructor(endpoints: EndpointIndex) {
    this.#endpoints = endpoints;
  }

  of(content: IpsetContent, family: IpFamily): readonly IpsetEntry[] {
    const key = `${family} ${content.id}`;
    let entries = this.#filled.get(key);
    if (entries === undefined) {
      entries = unique(
        this.#endpoints
          .matching(content.selector)
          .flatMap(({ pods }) => pods.flatMap((pod) => entriesOf(pod, content, family))),
      );
      this.#filled.set(key, entries);
    }
    return entries;
  }
}

const entriesOf = (pod: Pod, content: IpsetContent, family: IpFamily): readonly IpsetEntry[] => {
  const addresses = pod.ips.filter((address) => familyOf(address) === family);
  if (content.kind === 'selector') return addresses.map(netEntry);
  const { port: name, protocol } = content;
  const ports = pod.ports.filter(
    (port) => port.name === name && port.protocol.toLowerCase() === protocol,
  );
  return addresses.flatMap((address) =>
    ports.map(({ port }): IpsetEntry => ({ kind: 'ip,port', address, protocol, port })),
  );
};

/** One address in a set of nets. */
export const netEntry = (address: Ip): IpsetEntry => ({
  kind: 'net',
  prefix: { address, length: bitsOf(familyOf(address)) },
});

/** Two pods may claim one address in the input; ipset takes a member once. */
const unique = (entries: readonly IpsetEntry[]): readonly IpsetEntry[] => {
  const seen = new Map<string, IpsetEntry>();
  for (const entry of entries) seen.set(keyOf(entry), entry);
  return [...seen.values()];
};

const keyOf = (entry: IpsetEntry): string => {
  switch (entry.kind) {
    case 'ip':
      return String(entry.address);
    case 'net':
      return `${entry.prefix.address}/${entry.prefix.length}`;
    case 'ip,port':
      return `${entry.address} ${entry.protocol} ${entry.port}`;
    case 'set':
      return entry.name;
    default:
      throw new RangeError(`Felix makes no members of kind ${entry.kind}`);
  }
};
