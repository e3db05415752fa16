import type { EndpointSlice } from '@podpath/cluster';
import type { Ip } from '@podpath/net';
import { protocolNumber } from './protocols.ts';

/** What is known besides the cluster's objects. */
export interface Knowledge {
  /** Answers that DNS has given: name → addresses. Absent: none are known, and no rule by name matches. */
  readonly dns?: ReadonlyMap<string, readonly Ip[]>;
  /** Asked for when a rule names a Service. Absent: those of the cluster's input. */
  readonly endpointSlices?: () => readonly EndpointSlice[];
}

/** An endpoint of a Service. */
interface ServedPort {
  /** `namespace/name`. */
  readonly service: string;
  /** IANA's number. */
  readonly protocol: number;
  /** Absent: every port. */
  readonly port?: number;
}

/** Looks up by address what no object at it says. Indexes are made when first needed. */
export class AddressKnowledge {
  readonly #dns: ReadonlyMap<string, readonly Ip[]>;
  readonly #slices: () => readonly EndpointSlice[];
  #names: ReadonlyMap<Ip, readonly string[]> | undefined;
  #services: ReadonlyMap<Ip, readonly ServedPort[]> | undefined;

  constructor({ dns = new Map(), endpointSlices = () => [] }: Knowledge) {
    this.#dns = dns;
    this.#slices = endpointSlices;
  }

  /** The names that were asked for when the address was the answer, in lower case and without the last dot. */
  namesOf(address: Ip): readonly string[] {
    this.#names ??= indexBy(
      [...this.#dns].flatMap(([name, addresses]) =>
        addresses.map((each) => [each, name.toLowerCase().replace(/\.$/, '')] as const),
      ),
    );
    return this.#names.get(address) ?? [];
  }

  /** What Services send to the address. */
  servicesAt(address: Ip): readonly ServedPort[] {
    this.#services ??= indexBy(this.#slices().flatMap(servedPorts));
    return this.#services.get(address) ?? [];
  }

  /** Every address that a match by Service or name may mean. */
  addressesOf(
    service: { readonly namespace: string; readonly name: string } | undefined,
    domains: readonly string[],
  ): readonly Ip[] {
    const slices = service === undefined ? [] : this.#slices();
    const served = slices.flatMap((slice) =>
      slice.namespace === service?.namespace && slice.service === service.name
        ? slice.endpoints.flatMap(({ addresses }) => addresses)
        : [],
    );
    const named = [...this.#dns].flatMap(([name, addresses]) =>
      domains.some((domain) => domainCovers(domain, name)) ? addresses : [],
    );
    return [...served, ...named];
  }
}

/** `*.example.com` covers `a.example.com` and `a.b.example.com`, and not `example.com`. */
export const domainCovers = (pattern: string, name: string): boolean => {
  const [wanted, given] = [pattern, name].map((text) => text.toLowerCase().replace(/\.$/, ''));
  if (wanted === undefined || given === undefined) return false;
  return wanted.startsWith('*.') ? given.endsWith(wanted.slice(1)) : given === wanted;
};

const servedPorts = (slice: EndpointSlice): readonly (readonly [Ip, ServedPort])[] =>
  slice.endpoints.flatMap(({ addresses }) =>
    addresses.flatMap((address) =>
      slice.ports.map(
        ({ protocol, port }) =>
          [
            address,
            {
              service: `${slice.namespace}/${slice.service}`,
              protocol: protocolNumber(protocol, slice.family),
              ...(port === undefined ? {} : { port }),
            },
          ] as const,
      ),
    ),
  );

const indexBy = <Value>(
  entries: readonly (readonly [Ip, Value])[],
): ReadonlyMap<Ip, readonly Value[]> => {
  const index = new Map<Ip, Value[]>();
  for (const [address, value] of entries) {
    const list = index.get(address);
    if (list === undefined) index.set(address, [value]);
    else list.push(value);
  }
  return index;
};
