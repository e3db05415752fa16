import type { IpsetCommand, IpsetEntry, IptablesCommand } from '@podpath/linux';
import { formatPrefix } from '@podpath/net';
import { type Analysis, analyse, NOTHING } from './analysis.ts';
import { append, defaultAllowRules, egressDropCommands, remove } from './chains.ts';
import { IpSets, type NpcSet } from './ip-sets.ts';
import { NamespaceState } from './namespace-state.ts';
import type { NpcNamespace, NpcPod, NpcPolicy } from './objects.ts';
import { SelectorSet } from './selector-set.ts';
import type { IpBlockSpec, PolicyType, SelectorSpec } from './selector-spec.ts';
import { SharedRules } from './shared-rules.ts';

export type NpcCommand = IpsetCommand | IptablesCommand;

/**
 * weave-npc's reaction to the events that it watches (weave, npc/controller.go). Each method tells `emit`
 * the changes of sets and rules that follow, in order, and throws `NpcError` where weave-npc would
 * log an error and leave the event half done.
 */
export class NpcController {
  readonly #emit: (command: NpcCommand) => void;
  readonly #sets: IpSets;
  readonly #rules: SharedRules;
  readonly #namespaces = new Map<string, NamespaceState>();
  readonly #namespaceSelectors: SelectorSet;
  readonly #podsInNamespaces: SelectorSet;
  readonly #blockUsers = new Map<string, Set<string>>();
  #dropsUnmarkedEgress = false;

  constructor(emit: (command: NpcCommand) => void) {
    this.#emit = emit;
    this.#sets = new IpSets(emit);
    this.#rules = new SharedRules(emit);
    this.#namespaceSelectors = new SelectorSet(this.#sets, {
      created: (spec) => {
        for (const namespace of this.#namespaces.values()) {
          if (isSelected(namespace, spec)) this.#join(spec, namespace);
        }
      },
    });
    this.#podsInNamespaces = new SelectorSet(this.#sets, {
      created: (spec) => {
        for (const namespace of this.#namespaces.values()) namespace.fill(spec);
      },
    });
  }

  get sets(): ReadonlyMap<string, NpcSet> {
    return this.#sets.sets;
  }

  addNamespace(object: NpcNamespace): void {
    this.#within(object.name, (namespace) => {
      for (const { chain, rule } of bothDefaultAllowRules(object.name)) {
        this.#emit(append(chain, rule));
      }
      this.#setObject(namespace, object);
    });
  }

  /** Moves the namespace in and out of namespace selectors' sets; sets of pods in namespaces are not refreshed. */
  updateNamespace(object: NpcNamespace): void {
    this.#within(object.name, (namespace) => this.#setObject(namespace, object));
  }

  deleteNamespace(object: NpcNamespace): void {
    this.#within(object.name, (namespace) => {
      this.#setObject(namespace, undefined);
      for (const { chain, rule } of bothDefaultAllowRules(object.name)) {
        this.#emit(remove(chain, rule));
      }
      namespace.destroyDefaultAllow();
    });
  }

  addPod(pod: NpcPod): void {
    this.#within(pod.namespace, (namespace) => namespace.addPod(pod));
  }

  updatePod(before: NpcPod, after: NpcPod): void {
    this.#within(after.namespace, (namespace) => namespace.updatePod(before, after));
  }

  deletePod(pod: NpcPod): void {
    this.#within(pod.namespace, (namespace) => namespace.deletePod(pod));
  }

  addPolicy(policy: NpcPolicy): void {
    if (!this.#dropsUnmarkedEgress && hasEgress(policy)) {
      this.#dropsUnmarkedEgress = true;
      for (const command of egressDropCommands()) this.#emit(command);
    }
    this.#within(policy.namespace, (namespace) => {
      const wants = analyse(policy);
      namespace.policies.set(policy.uid, policy);
      this.#provision(namespace, policy.uid, NOTHING, wants);
    });
  }

  updatePolicy(before: NpcPolicy, after: NpcPolicy): void {
    this.#within(after.namespace, (namespace) => {
      const has = analyse(before);
      const wants = analyse(after);
      namespace.policies.delete(before.uid);
      namespace.policies.set(after.uid, after);
      this.#deprovision(namespace, before.uid, has, wants);
      this.#provision(namespace, after.uid, has, wants);
    });
  }

  deletePolicy(policy: NpcPolicy): void {
    this.#within(policy.namespace, (namespace) => {
      namespace.policies.delete(policy.uid);
      this.#deprovision(namespace, policy.uid, analyse(policy), NOTHING);
    });
  }

  /** Whatever is heard of first makes a namespace's sets, and they go with the last that is known of it. */
  #within(name: string, react: (namespace: NamespaceState) => void): void {
    let namespace = this.#namespaces.get(name);
    if (namespace === undefined) {
      namespace = new NamespaceState(name, this.#sets, this.#podsInNamespaces);
      this.#namespaces.set(name, namespace);
    }
    react(namespace);
    if (!namespace.isEmpty) return;
    namespace.destroy();
    this.#namespaces.delete(name);
  }

  #provision(namespace: NamespaceState, user: string, has: Analysis, wants: Analysis): void {
    this.#namespaceSelectors.provision(user, has.namespaces, wants.namespaces);
    namespace.selectors.provision(user, has.pods, wants.pods);
    this.#podsInNamespaces.provision(user, has.podsInNamespaces, wants.podsInNamespaces);
    for (const [name, block] of wants.blocks) if (!has.blocks.has(name)) this.#except(user, block);
    this.#rules.provision(user, has.rules, wants.rules);
  }

  #deprovision(namespace: NamespaceState, user: string, has: Analysis, wants: Analysis): void {
    this.#rules.deprovision(user, has.rules, wants.rules);
    this.#namespaceSelectors.deprovision(user, has.namespaces, wants.namespaces);
    namespace.selectors.deprovision(user, has.pods, wants.pods);
    this.#podsInNamespaces.deprovision(user, has.podsInNamespaces, wants.podsInNamespaces);
    for (const name of has.blocks.keys()) {
      const users = this.#blockUsers.get(name);
      if (wants.blocks.has(name) || users?.delete(user) !== true || users.size > 0) continue;
      this.#blockUsers.delete(name);
      this.#sets.destroy(name);
    }
  }

  /** Makes the set of a block's exceptions. */
  #except(user: string, { setName, cidr, except }: IpBlockSpec): void {
    if (setName === undefined) return;
    let users = this.#blockUsers.get(setName);
    if (users === undefined) {
      this.#sets.create(setName, 'hash:net');
      users = new Set();
      this.#blockUsers.set(setName, users);
    }
    users.add(user);
    for (const prefix of except) {
      const comment = `excepted from ${formatPrefix(cidr)}`;
      this.#sets.add(setName, { kind: 'net', prefix }, user, comment);
    }
  }

  #setObject(namespace: NamespaceState, object: NpcNamespace | undefined): void {
    const user = namespace.object?.uid ?? namespace.name;
    const before = new Set(this.#selecting(namespace));
    namespace.object = object;
    const after = new Set(this.#selecting(namespace));
    for (const spec of before) {
      if (!after.has(spec)) this.#sets.remove(spec.setName, memberOf(namespace), user);
    }
    for (const spec of after) if (!before.has(spec)) this.#join(spec, namespace);
  }

  #selecting(namespace: NamespaceState): SelectorSpec[] {
    return [...this.#namespaceSelectors.specs()].filter((spec) => isSelected(namespace, spec));
  }

  #join(spec: SelectorSpec, namespace: NamespaceState): void {
    const user = namespace.object?.uid ?? namespace.name;
    this.#sets.add(spec.setName, memberOf(namespace), user, `namespace: ${namespace.name}`);
  }
}

const bothDefaultAllowRules = (namespace: string) =>
  (['Ingress', 'Egress'] satisfies PolicyType[]).flatMap((type) =>
    defaultAllowRules(type, namespace),
  );

const isSelected = (namespace: NamespaceState, { namespaces }: SelectorSpec): boolean =>
  namespaces !== undefined && namespace.isSelectedBy(namespaces);

const hasEgress = ({ policyTypes, egress }: NpcPolicy): boolean =>
  policyTypes.includes('Egress') || egress.length > 0;

const memberOf = (namespace: NamespaceState): IpsetEntry => ({
  kind: 'set',
  name: namespace.allPods.setName,
});
