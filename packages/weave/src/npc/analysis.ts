import type { NetworkPolicyPeer, NetworkPolicyRule } from '@podpath/cluster';
import type { NpcPolicy } from './objects.ts';
import {
  type PolicyRule,
  policyRule,
  type RuleEnd,
  type RulePort,
  rulePort,
} from './policy-rule.ts';
import {
  type IpBlockSpec,
  ipBlockSpec,
  namespacesSpec,
  type PolicyType,
  podsInNamespacesSpec,
  podsSpec,
  type SelectorSpec,
} from './selector-spec.ts';

/** What a policy needs: selectors by key, blocks by the name of their set, rules by key. */
export interface Analysis {
  readonly namespaces: ReadonlyMap<string, SelectorSpec>;
  readonly pods: ReadonlyMap<string, SelectorSpec>;
  readonly podsInNamespaces: ReadonlyMap<string, SelectorSpec>;
  readonly blocks: ReadonlyMap<string, IpBlockSpec>;
  readonly rules: ReadonlyMap<string, PolicyRule>;
}

export const NOTHING: Analysis = {
  namespaces: new Map(),
  pods: new Map(),
  podsInNamespaces: new Map(),
  blocks: new Map(),
  rules: new Map(),
};

/**
 * Works out what a policy needs (weave, npc/analyser.go). Rules count even in a direction that the
 * policy's types leave out. Throws `NpcError` for a port given by name.
 */
export const analyse = (policy: NpcPolicy): Analysis => {
  const { namespace } = policy;
  const namespaces = new Map<string, SelectorSpec>();
  const pods = new Map<string, SelectorSpec>();
  const podsInNamespaces = new Map<string, SelectorSpec>();
  const blocks = new Map<string, IpBlockSpec>();
  const rules = new Map<string, PolicyRule>();

  const target = podsSpec(namespace, policy.podSelector, policy.policyTypes);
  pods.set(target.key, target);

  const endOf = ({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer): RuleEnd[] => {
    const use = (specs: Map<string, SelectorSpec>, spec: SelectorSpec): RuleEnd[] => {
      // The target may be a peer as well, and has to stay the target.
      if (!specs.has(spec.key)) specs.set(spec.key, spec);
      return [{ kind: 'selector', spec }];
    };
    if (namespaceSelector !== undefined && podSelector !== undefined) {
      return use(podsInNamespaces, podsInNamespacesSpec(namespaceSelector, podSelector));
    }
    if (namespaceSelector !== undefined) return use(namespaces, namespacesSpec(namespaceSelector));
    if (podSelector !== undefined) return use(pods, podsSpec(namespace, podSelector));
    if (ipBlock === undefined) return [];
    const spec = ipBlockSpec(namespace, ipBlock);
    if (spec.setName !== undefined) blocks.set(spec.setName, spec);
    return [{ kind: 'block', spec }];
  };

  const addRules = (type: PolicyType, { peers, ports }: NetworkPolicyRule): void => {
    const self: RuleEnd = { kind: 'selector', spec: target };
    const others: (RuleEnd | undefined)[] = peers.length === 0 ? [undefined] : peers.flatMap(endOf);
    const rulePorts: (RulePort | undefined)[] =
      ports.length === 0 ? [undefined] : ports.map(rulePort);
    for (const other of others) {
      for (const port of rulePorts) {
        const rule =
          type === 'Ingress'
            ? policyRule(type, other, self, port)
            : policyRule(type, self, other, port);
        rules.set(rule.key, rule);
      }
    }
  };
  for (const rule of policy.ingress) addRules('Ingress', rule);
  for (const rule of policy.egress) addRules('Egress', rule);
  return { namespaces, pods, podsInNamespaces, blocks, rules };
};
