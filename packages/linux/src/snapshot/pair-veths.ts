import type { LinkRecord } from '../parse/ip-link.ts';
import type { NamespaceDump } from './namespace-dump.ts';

/** One end of a cable. */
interface VethEnd {
  readonly dump: NamespaceDump;
  readonly link: LinkRecord;
}

export interface VethPairs {
  /** The other end; `undefined` when it is in no namespace of the snapshot. */
  peerOf(end: VethEnd): VethEnd | undefined;
  /** Ends whose other end could be in more than one namespace, in words. */
  readonly unclear: readonly string[];
}

/**
 * Finds the other ends of veth devices among the namespaces of one node. A veth tells the index of its other end, and the
 * number that its own namespace has for the other one. Where `ip netns` has a name for that number, it decides; else
 * the ends must name each other's index, and all veths with the same number must lead to one namespace.
 */
export function pairVeths(dumps: readonly NamespaceDump[]): VethPairs {
  return new Pairing(dumps).result();
}

/** The veths of one namespace that lead to one other. */
interface Bundle {
  readonly dump: NamespaceDump;
  readonly ends: VethEnd[];
  candidates: ReadonlySet<NamespaceDump>;
}

class Pairing {
  readonly #bundles: Bundle[] = [];
  /** Ends by their own index and that of the other end. */
  readonly #byIndices = new Map<string, VethEnd[]>();
  readonly #peers = new Map<LinkRecord, VethEnd>();

  constructor(dumps: readonly NamespaceDump[]) {
    const byName = new Map(dumps.map((dump) => [dump.netnsName(), dump]));
    for (const dump of dumps) this.#note(dump);
    for (const bundle of this.#bundles) bundle.candidates = this.#candidates(bundle, byName);
    this.#narrow();
    for (const bundle of this.#bundles) this.#connect(bundle);
  }

  result(): VethPairs {
    return {
      peerOf: ({ link }) => this.#peers.get(link),
      unclear: this.#bundles.filter(({ candidates }) => candidates.size > 1).map(describe),
    };
  }

  #note(dump: NamespaceDump): void {
    const bundles = new Map<number, Bundle>();
    const names = new Map(dump.links().map((link) => [link.name, link]));
    for (const link of dump.links()) {
      if (link.kind !== 'veth' || link.lower === undefined) continue;
      const { name, index, namespaceId } = link.lower;
      const near = name === undefined ? undefined : names.get(name);
      if (near !== undefined) {
        this.#peers.set(link, { dump, link: near });
        continue;
      }
      if (index === undefined) continue;
      const end = { dump, link };
      const key = indices(link.index, index);
      this.#byIndices.set(key, [...(this.#byIndices.get(key) ?? []), end]);
      const shared = namespaceId === undefined ? undefined : bundles.get(namespaceId);
      if (shared !== undefined) shared.ends.push(end);
      else {
        const bundle: Bundle = { dump, ends: [end], candidates: new Set() };
        this.#bundles.push(bundle);
        if (namespaceId !== undefined) bundles.set(namespaceId, bundle);
      }
    }
  }

  #candidates(
    { dump, ends }: Bundle,
    byName: ReadonlyMap<string | undefined, NamespaceDump>,
  ): ReadonlySet<NamespaceDump> {
    const id = ends[0]?.link.lower?.namespaceId;
    const name = id === undefined ? undefined : dump.namespaceIds().get(id);
    const named = name === undefined ? undefined : byName.get(name);
    if (name !== undefined) return new Set(named === undefined ? [] : [named]);
    let common: ReadonlySet<NamespaceDump> | undefined;
    for (const { link } of ends) {
      const here = new Set(
        this.#facing(link).flatMap((end) => (end.dump === dump ? [] : [end.dump])),
      );
      common = common === undefined ? here : new Set([...common].filter((each) => here.has(each)));
    }
    return common ?? new Set();
  }

  /** Ends that name the index of this one, and that this one names. */
  #facing(link: LinkRecord): readonly VethEnd[] {
    const index = link.lower?.index;
    return index === undefined ? [] : (this.#byIndices.get(indices(index, link.index)) ?? []);
  }

  /** What one bundle leads to for certain, no other bundle of the same namespace does. */
  #narrow(): void {
    for (let changed = true; changed; ) {
      changed = false;
      const taken = new Map<NamespaceDump, Set<NamespaceDump>>();
      for (const { dump, candidates, ends } of this.#bundles) {
        const [only] = candidates;
        if (candidates.size !== 1 || only === undefined || !isNumbered(ends)) continue;
        taken.set(dump, (taken.get(dump) ?? new Set()).add(only));
        taken.set(only, (taken.get(only) ?? new Set()).add(dump));
      }
      for (const bundle of this.#bundles) {
        if (bundle.candidates.size < 2 || !isNumbered(bundle.ends)) continue;
        const gone = taken.get(bundle.dump);
        const left = [...bundle.candidates].filter((each) => gone?.has(each) !== true);
        changed ||= left.length < bundle.candidates.size;
        bundle.candidates = new Set(left);
      }
    }
  }

  #connect({ ends, candidates }: Bundle): void {
    const [there] = candidates;
    if (candidates.size !== 1 || there === undefined) return;
    for (const end of ends) {
      const { link } = end;
      const peer = there
        .links()
        .find((other) => other.kind === 'veth' && other.index === link.lower?.index);
      if (peer === undefined) continue;
      this.#peers.set(link, { dump: there, link: peer });
      this.#peers.set(peer, end);
    }
  }
}

/** A namespace has one number for another; without a number several bundles may lead to the same. */
const isNumbered = (ends: readonly VethEnd[]): boolean =>
  ends[0]?.link.lower?.namespaceId !== undefined;

const indices = (own: number, other: number): string => `${own} ${other}`;

const describe = ({ dump, ends, candidates }: Bundle): string => {
  const names = ends.map(({ link }) => link.name).join(', ');
  const places = [...candidates].map(({ namespace }) => namespace).join(' or ');
  return `${dump.namespace}: the other end of ${names} is in ${places}`;
};
