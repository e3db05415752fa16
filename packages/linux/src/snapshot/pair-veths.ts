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
 * number that its own namespace has for the other one. Where `ip netns` has a name for that number, it decides. Else
 * the ends must name each other's index, all veths with one number lead to one namespace, and a namespace has one number
 * for another.
 */
export function pairVeths(dumps: readonly NamespaceDump[]): VethPairs {
  return new Pairing(dumps).result();
}

/** The veths of one namespace that lead to one other. */
interface Bundle {
  readonly dump: NamespaceDump;
  /** The namespace's number for the other one; without it a bundle is one veth. */
  readonly id: number | undefined;
  readonly ends: VethEnd[];
  /** Namespaces that it may lead to, with the bundle there that leads back. */
  candidates: Map<NamespaceDump, Bundle>;
}

class Pairing {
  readonly #bundles: Bundle[] = [];
  readonly #bundleOf = new Map<LinkRecord, Bundle>();
  /** Ends by their own index and that of the other end. */
  readonly #byIndices = new Map<string, VethEnd[]>();
  readonly #peers = new Map<LinkRecord, VethEnd>();

  constructor(dumps: readonly NamespaceDump[]) {
    for (const dump of dumps) this.#note(dump);
    const byName = new Map(dumps.map((dump) => [dump.netnsName(), dump]));
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
    const numbered = new Map<number, Bundle>();
    const names = new Map(dump.links().map((link) => [link.name, link]));
    for (const link of dump.links()) {
      if (link.kind !== 'veth' || link.lower === undefined) continue;
      const { name, index, namespaceId: id } = link.lower;
      const near = name === undefined ? undefined : names.get(name);
      if (near !== undefined) this.#peers.set(link, { dump, link: near });
      if (near !== undefined || index === undefined) continue;
      const end = { dump, link };
      const key = indices(link.index, index);
      this.#byIndices.set(key, [...(this.#byIndices.get(key) ?? []), end]);
      const known = id === undefined ? undefined : numbered.get(id);
      const bundle: Bundle = known ?? { dump, id, ends: [], candidates: new Map() };
      bundle.ends.push(end);
      this.#bundleOf.set(link, bundle);
      if (known !== undefined) continue;
      this.#bundles.push(bundle);
      if (id !== undefined) numbered.set(id, bundle);
    }
  }

  /** Where ends face all ends of a bundle, in one bundle there. */
  #candidates(
    bundle: Bundle,
    byName: ReadonlyMap<string | undefined, NamespaceDump>,
  ): Map<NamespaceDump, Bundle> {
    const { dump, id, ends } = bundle;
    const name = id === undefined ? undefined : dump.namespaceIds().get(id);
    // A node's own namespace may have a name elsewhere that it does not know itself.
    const named = name === undefined ? undefined : (byName.get(name) ?? NAMELESS);
    const faced = new Map<Bundle, number>();
    for (const { link } of ends) {
      for (const end of this.#facing(link)) {
        const there = this.#bundleOf.get(end.link);
        if (there === undefined || end.dump === dump) continue;
        if (named === NAMELESS && end.dump.netnsName() !== undefined) continue;
        if (named !== undefined && named !== NAMELESS && named !== end.dump) continue;
        faced.set(there, (faced.get(there) ?? 0) + 1);
      }
    }
    return new Map(
      [...faced]
        .filter(([there, count]) => count === ends.length && count === there.ends.length)
        .map(([there]) => [there.dump, there]),
    );
  }

  /** Ends that name the index of this one, and that this one names. */
  #facing(link: LinkRecord): readonly VethEnd[] {
    const index = link.lower?.index;
    return index === undefined ? [] : (this.#byIndices.get(indices(index, link.index)) ?? []);
  }

  /** Takes away what does not lead back, and what another number of the same namespace means for certain. */
  #narrow(): void {
    for (let changed = true; changed; ) {
      changed = false;
      const meant = this.#meant();
      for (const { dump, id, candidates } of this.#bundles) {
        for (const [there, back] of [...candidates]) {
          const taken = id === undefined ? undefined : meant.get(dump)?.get(there);
          if (back.candidates.has(dump) && (taken === undefined || taken === id)) continue;
          candidates.delete(there);
          changed = true;
        }
      }
    }
  }

  /** By namespace and other namespace, the number that means it, where the two bundles have only each other. */
  #meant(): ReadonlyMap<NamespaceDump, ReadonlyMap<NamespaceDump, number>> {
    const meant = new Map<NamespaceDump, Map<NamespaceDump, number>>();
    for (const bundle of this.#bundles) {
      const back = onlyCandidate(bundle);
      if (back === undefined || onlyCandidate(back) !== bundle || bundle.id === undefined) continue;
      const ofDump = meant.get(bundle.dump) ?? new Map<NamespaceDump, number>();
      meant.set(bundle.dump, ofDump.set(back.dump, bundle.id));
    }
    return meant;
  }

  #connect(bundle: Bundle): void {
    const back = onlyCandidate(bundle);
    if (back === undefined || onlyCandidate(back) !== bundle) return;
    for (const { link } of bundle.ends) {
      const peer = this.#facing(link).find((end) => end.dump === back.dump);
      if (peer !== undefined) this.#peers.set(link, peer);
    }
  }
}

/** Stands for any namespace that `ip netns` has no name for. */
const NAMELESS = 'nameless';

const onlyCandidate = ({ candidates }: Bundle): Bundle | undefined => {
  const [only] = candidates.values();
  return candidates.size === 1 ? only : undefined;
};

const indices = (own: number, other: number): string => `${own} ${other}`;

const describe = ({ dump, ends, candidates }: Bundle): string => {
  const names = ends.map(({ link }) => link.name).join(', ');
  const places = [...candidates.keys()].map(({ namespace }) => namespace).join(' or ');
  return `${dump.namespace}: the other end of ${names} is in ${places}`;
};
