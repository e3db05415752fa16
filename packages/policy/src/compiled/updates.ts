import type { Labels, NetworkSet, Pod } from '@podpath/cluster';
import { type Prefix, prefixOf } from '@podpath/net';
import type { Policy } from '../model.ts';
import type { PolicyRef } from '../verdict.ts';
import { type PolicyChange, PolicyChangeError } from './changes.ts';
import type { CompiledState } from './compiled-state.ts';
import { type CompiledTier, refKey } from './policies.ts';
import { prefixesOf, rulesOf } from './prefixes.ts';
import { setKey } from './world.ts';

type NamedSet = Pick<NetworkSet, 'namespace' | 'name'>;

/** Changes the tables as the cluster and its policies change, and only where that makes a difference. */
export class Updates {
  readonly #state: CompiledState;

  constructor(state: CompiledState) {
    this.#state = state;
  }

  apply(change: PolicyChange): void {
    switch (change.kind) {
      case 'pod':
        this.#setPod(change.pod);
        break;
      case 'pod removed':
        this.#removePod(`${change.namespace}/${change.name}`);
        break;
      case 'namespace':
        this.#setNamespace(change.name, change.labels);
        break;
      case 'policy':
        this.#setPolicy(change.policy, this.#tierOf(change.tier), change.at);
        break;
      case 'policy removed':
        this.#removePolicy(change.ref, this.#tierOf(change.tier));
        break;
      case 'set':
        this.#changeSet(change.set, change.set);
        break;
      case 'set removed':
        this.#changeSet(change, undefined);
        break;
    }
  }

  #setPod(pod: Pod): void {
    const { world, ends } = this.#state;
    const key = `${pod.namespace}/${pod.name}`;
    const before = world.pods.get(key);
    world.pods.set(key, pod);
    world.mention(pod.namespace);
    ends.setPod(pod, before);
    this.#state.admit();
  }

  #removePod(key: string): void {
    const { world, ends } = this.#state;
    const pod = world.pods.get(key);
    if (pod === undefined) throw new PolicyChangeError(`there is no pod ${key} to remove`);
    ends.removePod(pod);
    world.pods.delete(key);
  }

  #setNamespace(name: string, labels: Labels): void {
    const { world, identities } = this.#state;
    const before = world.namespaceLabels(name);
    world.setNamespace(name, labels);
    const changed = [...new Set([...Object.keys(before), ...Object.keys(labels)])].filter(
      (key) => before[key] !== labels[key],
    );
    const inside = new Set(identities.byNamespace.get(name));
    for (const identity of identities.withAddressThings) {
      if (identity.things.some(({ namespace }) => namespace === name)) inside.add(identity);
    }
    for (const label of changed) this.#state.recheck(label, [...inside]);
  }

  #setPolicy(policy: Policy, tier: CompiledTier, at: number | undefined): void {
    const { policies, selections } = this.#state;
    const before = tier.byRef.get(refKey(policy.ref));
    this.#prepareFor(policy);
    const compiled = policies.put(policy, tier, before, at);
    this.#state.tellTraffic();
    const deselected = before === undefined ? [] : selections.remove(before);
    const selected = selections.add(compiled);
    this.#state.assign(new Set([...deselected, ...selected]));
    if (before !== undefined) policies.release(before);
  }

  #removePolicy(ref: PolicyRef, tier: CompiledTier): void {
    const { policies, selections } = this.#state;
    const policy = tier.byRef.get(refKey(ref));
    if (policy === undefined) {
      const { kind, namespace, name } = ref;
      const which = namespace === undefined ? name : `${namespace}/${name}`;
      throw new PolicyChangeError(`there is no ${kind} ${which} in tier ${tier.name} to remove`);
    }
    policies.remove(policy);
    this.#state.assign(selections.remove(policy));
    policies.release(policy);
  }

  /** Tells apart what a policy is the first to tell apart: labels, ports by name, addresses. */
  #prepareFor(policy: Policy): void {
    const { reads, space, world, identities } = this.#state;
    const hadServices = reads.services;
    const { labels, portNames, nodes, accounts } = reads.add(policy);
    const prefixes = new Set<Prefix>();
    for (const rule of rulesOf(policy)) {
      for (const prefix of prefixesOf(rule, world)) if (space.add(prefix)) prefixes.add(prefix);
    }
    const moved = this.#classesOf([...prefixes]);
    if (!hadServices && reads.services) {
      const served = [...world.served.keys()].map((address) => space.classAt(address).id);
      identities.touch(served);
      for (const id of served) moved.add(id);
    }
    const reread = (pod: Pod): boolean =>
      accounts ||
      labels.some((label) => Object.hasOwn(pod.labels, label)) ||
      pod.ports.some(({ name }) => name !== undefined && portNames.includes(name));
    const rereads = labels.length + portNames.length > 0 || accounts;
    this.#refresh(moved, rereads ? reread : undefined, nodes);
    // Host endpoints and nodes may have ports by these names, or be read by these labels, at any address.
    if (portNames.length > 0) this.#touchAll();
  }

  #changeSet(named: NamedSet, set: NetworkSet | undefined): void {
    const { world, space, identities } = this.#state;
    const key = setKey(named);
    const before = world.sets.get(key);
    if (before === undefined && set === undefined) {
      const { namespace, name } = named;
      const which = namespace === undefined ? name : `${namespace}/${name}`;
      throw new PolicyChangeError(`there is no network set ${which} to remove`);
    }
    if (set === undefined) world.sets.delete(key);
    else world.sets.set(key, set);
    if (set?.namespace !== undefined) world.mention(set.namespace);
    for (const net of set?.nets ?? []) space.add(net);
    const within = this.#classesOf([...(before?.nets ?? []), ...(set?.nets ?? [])]);
    identities.touch(within);
    this.#refresh(within, undefined, false);
  }

  /** Classes of addresses within some prefixes. */
  #classesOf(prefixes: readonly Prefix[]): Set<number> {
    const { space } = this.#state;
    const ids = prefixes.flatMap(
      ({ address, length }) => space.idOf(prefixOf(address, length)) ?? [],
    );
    const within = space.classes.filter(({ covers }) => ids.some((id) => covers.has(id)));
    return new Set(within.map(({ id }) => id));
  }

  /** Whoever has a port by a name may be at any address where a host endpoint is. */
  #touchAll(): void {
    const { world, space, identities } = this.#state;
    if (world.hostEndpoints.length === 0) return;
    const all = space.classes.map(({ id }) => id);
    identities.touch(all);
    this.#refresh(new Set(all), undefined, true);
  }

  /** Finds anew who is at addresses of some classes, and pods that are read otherwise. */
  #refresh(
    classes: ReadonlySet<number>,
    reread: ((pod: Pod) => boolean) | undefined,
    nodes: boolean,
  ): void {
    const { world, space, ends } = this.#state;
    const isMoved = (pod: Pod): boolean =>
      classes.size > 0 && pod.ips.some((address) => classes.has(space.classAt(address).id));
    if (classes.size > 0 || reread !== undefined) {
      for (const pod of world.pods.values()) {
        if (isMoved(pod) || reread?.(pod) === true) ends.setPod(pod, pod);
      }
    }
    if (classes.size > 0 || nodes) ends.refreshNodes();
    if (classes.size > 0) ends.refreshOutside();
    this.#state.admit();
  }

  #tierOf(name: string): CompiledTier {
    const tier = this.#state.policies.tiers.find((each) => each.name === name);
    if (tier === undefined) {
      const known = this.#state.policies.tiers.map((each) => each.name).join(', ');
      throw new PolicyChangeError(`there is no tier ${name}; there are ${known}`);
    }
    return tier;
  }
}
