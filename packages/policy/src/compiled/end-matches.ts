import { type Prefix, prefixOf } from '@podpath/net';
import type { LabelExpression } from '../label-expression.ts';
import type { EndMatch } from '../model.ts';
import { NAMESPACE } from '../scoped-labels.ts';
import type { AddressSpace } from './address-space.ts';
import { ExpressionIndex } from './expression-index.ts';
import { type Identities, type Identity, KINDS, kindOf } from './identities.ts';
import { type LabelSources, predicateOf, requirementsOf } from './labelled.ts';
import type { PortList } from './traffic-sets.ts';
import { nameFits } from './world.ts';

/** A match of an end, once for all rules that have it, with who it holds for. */
export interface CompiledMatch {
  readonly match: EndMatch;
  /** `namespace/name`. */
  readonly service?: string;
  holds(identity: Identity): boolean;
  /** The ports that names mean there: those of what its labels select. */
  portsOf(identity: Identity): PortList;
  /** Whether it holds for most of a kind. */
  readonly byDefault: readonly boolean[];
  /** The identities for which that is wrong. */
  deviants: Identity[];
  /** How many rules have it. */
  uses: number;
}

/** All matches of ends of a model. */
export class EndMatches {
  readonly #known = new Map<string, CompiledMatch>();
  #index: ExpressionIndex<CompiledMatch> | undefined;
  readonly #identities: Identities;
  readonly #space: AddressSpace;
  readonly #sources: LabelSources;

  constructor(identities: Identities, space: AddressSpace, sources: LabelSources) {
    this.#identities = identities;
    this.#space = space;
    this.#sources = sources;
  }

  get all(): Iterable<CompiledMatch> {
    return this.#known.values();
  }

  /** For one rule more. Its prefixes have to be in the address space, and every identity has to be there. */
  of(match: EndMatch): CompiledMatch {
    const key = keyOf(match);
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#compile(match);
      this.#known.set(key, known);
      if (this.#index !== undefined) addTo(this.#index, known);
    }
    known.uses++;
    return known;
  }

  /** For one rule less. */
  release(match: CompiledMatch): void {
    match.uses--;
    if (match.uses > 0) return;
    this.#known.delete(keyOf(match.match));
    this.#index?.remove(match, neededFor(match), readBy(match));
  }

  /** Takes in a new identity; returns the matches for which it is not as most are. */
  add(identity: Identity): readonly CompiledMatch[] {
    const deviated = [...this.#indexed().candidates(identity.things)].filter(
      ({ holds, byDefault }) => holds(identity) !== byDefault[kindOf(identity)],
    );
    for (const { deviants } of deviated) deviants.push(identity);
    return deviated;
  }

  /** After labels of its namespace have changed; false: the match makes of it what it did before. */
  recheck({ deviants, holds, byDefault }: CompiledMatch, identity: Identity): boolean {
    const at = deviants.indexOf(identity);
    const deviates = holds(identity) !== byDefault[kindOf(identity)];
    // It may hold for another of the things that are there.
    if (deviates === at >= 0) return identity.things.length > 1 && identity.portList !== 0;
    if (deviates) deviants.push(identity);
    else deviants.splice(at, 1);
    return true;
  }

  /** The matches that read a label of namespaces. */
  readersOf(label: string): Iterable<CompiledMatch> {
    return this.#indexed().readersOf(label);
  }

  /** Forgets all other identities. */
  keep(live: ReadonlySet<Identity>): void {
    for (const match of this.all) {
      match.deviants = match.deviants.filter((identity) => live.has(identity));
    }
  }

  #indexed(): ExpressionIndex<CompiledMatch> {
    if (this.#index === undefined) {
      this.#index = new ExpressionIndex(this.#sources);
      for (const match of this.all) addTo(this.#index, match);
    }
    return this.#index;
  }

  /** The identities that a subject selects, which are pods. */
  selected(subject: LabelExpression): readonly Identity[] {
    const predicate = predicateOf(subject, this.#sources);
    const candidates = this.#withLabels(subject) ?? this.#identities.all;
    return candidates.filter(({ kind, things: [pod] }) => {
      return kind === 'pod' && pod !== undefined && predicate(pod);
    });
  }

  #compile(match: EndMatch): CompiledMatch {
    const holds = this.#test(match);
    const candidates = this.#candidates(match);
    const counts = new Array<number>(KINDS).fill(0);
    let deviants = candidates.filter((identity) => {
      const does = holds(identity);
      if (does) counts[kindOf(identity)] = (counts[kindOf(identity)] ?? 0) + 1;
      return does;
    });
    const byDefault = counts.map((count, kind) => {
      const size = this.#identities.byKind[kind]?.length ?? 0;
      return match.service === undefined && 2 * count > size;
    });
    if (byDefault.includes(true)) {
      const others = this.#identities.byKind.flatMap((list, kind) =>
        byDefault[kind] === true ? list.filter((identity) => !holds(identity)) : [],
      );
      deviants = [...deviants.filter((identity) => !byDefault[kindOf(identity)]), ...others];
    }
    const { service } = match;
    return {
      match,
      ...(service === undefined ? {} : { service: `${service.namespace}/${service.name}` }),
      holds,
      portsOf: this.#portsOf(match),
      byDefault,
      deviants,
      uses: 0,
    };
  }

  #portsOf({ labels }: EndMatch): CompiledMatch['portsOf'] {
    if (labels === undefined) return (identity) => identity;
    const predicate = predicateOf(labels, this.#sources);
    return (identity) => {
      // Where the match holds, the only thing there is the one that it selects.
      const alone = identity.things.length === 1 || identity.portList === 0;
      return alone ? identity : this.#identities.portsOf(identity, predicate);
    };
  }

  #test(match: EndMatch): (identity: Identity) => boolean {
    const { labels, notLabels, nets, notNets, service, nodes, domains } = match;
    const tests: ((identity: Identity) => boolean)[] = [];
    if (labels !== undefined) {
      const predicate = predicateOf(labels, this.#sources);
      tests.push(({ things }) => things.some(predicate));
    }
    if (notLabels !== undefined) {
      const predicate = predicateOf(notLabels, this.#sources);
      tests.push(({ things }) => !things.some(predicate));
    }
    if (nets !== undefined) {
      const ids = this.#idsOf(nets);
      tests.push(({ address }) => ids.some((id) => address.covers.has(id)));
    }
    if (notNets !== undefined) {
      const ids = this.#idsOf(notNets);
      tests.push(({ address }) => !ids.some((id) => address.covers.has(id)));
    }
    if (service !== undefined) {
      const name = `${service.namespace}/${service.name}`;
      tests.push(({ served }) => served.some((each) => each.service === name));
    }
    if (nodes !== undefined) {
      const predicate = predicateOf(nodes, this.#sources);
      tests.push(
        ({ nodeLabels }) =>
          nodeLabels !== undefined && predicate({ own: nodeLabels, pod: false, ports: [] }),
      );
    }
    if (domains !== undefined) {
      tests.push(({ names }) =>
        names.some((name) => domains.some((domain) => nameFits(domain, name))),
      );
    }
    const [only, ...others] = tests;
    if (only !== undefined && others.length === 0) return only;
    return (identity) => tests.every((test) => test(identity));
  }

  #idsOf(nets: readonly Prefix[]): readonly number[] {
    return nets.flatMap(({ address, length }) => {
      const id = this.#space.idOf(prefixOf(address, length));
      return id === undefined ? [] : [id];
    });
  }

  /** Never too few, each once. */
  #candidates({ labels, nets, nodes }: EndMatch): readonly Identity[] {
    const byLabel = labels === undefined ? undefined : this.#withLabels(labels);
    if (byLabel !== undefined) return byLabel;
    if (nodes !== undefined) {
      return [2, 3].flatMap((kind) => this.#identities.byKind[kind] ?? []);
    }
    if (nets === undefined) return this.#identities.all;
    const ids = this.#idsOf(nets);
    return this.#space.classes.flatMap(({ id, covers }) =>
      ids.some((net) => covers.has(net)) ? (this.#identities.byAddress.get(id) ?? []) : [],
    );
  }

  /** Those that a requirement of an expression leaves; `undefined` when it has none that narrows. */
  #withLabels(expression: LabelExpression): readonly Identity[] | undefined {
    let best: readonly (readonly Identity[])[] | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const { label, values } of requirementsOf(expression)) {
      const lists = this.#lists(label, values);
      const count = lists?.reduce((sum, list) => sum + list.length, 0) ?? fewest;
      if (count < fewest) [best, fewest] = [lists, count];
    }
    if (best === undefined) return undefined;
    const others = this.#identities.withAddressThings;
    const [only, ...more] = best;
    if (others.length === 0 && more.length === 0) return only ?? [];
    return [...new Set([...best.flat(), ...others])];
  }

  #lists(label: string, values: readonly string[]): readonly (readonly Identity[])[] | undefined {
    const { byNamespace, byLabel } = this.#identities;
    if (label === NAMESPACE) return values.map((value) => byNamespace.get(value) ?? []);
    if (!label.includes(':')) return values.map((value) => byLabel.get(`${label}=${value}`) ?? []);
    if (!label.startsWith('namespace:')) return undefined;
    const key = label.slice('namespace:'.length);
    return values.flatMap((value) =>
      this.#sources.namespacesWith(key, value).map((namespace) => byNamespace.get(namespace) ?? []),
    );
  }
}

/** Where most are in, those that are not have to be found too. */
const neededFor = ({ match, byDefault }: CompiledMatch): LabelExpression | undefined =>
  byDefault.includes(true) ? undefined : match.labels;

const readBy = ({ match: { labels, notLabels } }: CompiledMatch): readonly LabelExpression[] =>
  [labels, notLabels].filter((each) => each !== undefined);

const addTo = (index: ExpressionIndex<CompiledMatch>, match: CompiledMatch): void =>
  index.add(match, neededFor(match), readBy(match));

/** Equal for matches that say the same in the same words. */
const keyOf = (match: EndMatch): string =>
  match.nets === undefined && match.notNets === undefined
    ? JSON.stringify(match)
    : JSON.stringify(match, (_key, value: unknown) =>
        typeof value === 'bigint' ? `${value}n` : value,
      );
