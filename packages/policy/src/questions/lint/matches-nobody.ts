import type { Cluster } from '@podpath/cluster';
import { prefixCovers } from '@podpath/net';
import { holds } from '../../label-expression.ts';
import type { EndMatch, Policy, PolicyModel, Rule } from '../../model.ts';
import { labelsOf } from '../../things.ts';
import type { Direction } from '../../verdict.ts';
import { type Finding, finding } from './finding.ts';
import type { Population } from './population.ts';

/** Policies that select nobody, and rules whose peers are nobody. */
export function* matchesNobody(
  cluster: Cluster,
  { tiers }: PolicyModel,
  population: Population,
): Generator<Finding> {
  for (const { policies } of tiers) {
    for (const policy of policies) {
      if (!selectsAnybody(policy, population)) {
        yield finding('policy-selects-nobody', 'warning', policy.ref, 'selects nobody');
      }
      for (const direction of ['ingress', 'egress'] as const) {
        for (const rule of policy[direction] ?? []) {
          yield* ofRule(rule, direction, cluster, population);
        }
      }
    }
  }
}

const selectsAnybody = ({ subject, stages }: Policy, population: Population): boolean =>
  ((stages ?? ['endpoint']).includes('endpoint') && population.pods(subject).length > 0) ||
  population.hostEndpoints(subject).length > 0;

function* ofRule(
  rule: Rule,
  direction: Direction,
  cluster: Cluster,
  population: Population,
): Generator<Finding> {
  const peers = direction === 'ingress' ? rule.from : rule.to;
  if (peers === 'anyone' || peers.length === 0) return;
  const word = direction === 'ingress' ? 'from' : 'to';
  const empty = [...peers.entries()].filter(([, peer]) => isNobody(peer, cluster, population));
  if (empty.length === peers.length) {
    yield finding('rule-matches-nobody', 'warning', rule.ref, `matches nobody in \`${word}\``);
    return;
  }
  for (const [index] of empty) {
    const message = `matches nobody by peer ${index + 1} of ${peers.length} in \`${word}\``;
    yield finding('peer-matches-nobody', 'warning', rule.ref, message);
  }
}

/** Certain only: what DNS will say is not known, nor who will have an address. */
const isNobody = (
  { labels, nets, notNets = [], nodes, service }: EndMatch,
  cluster: Cluster,
  population: Population,
): boolean =>
  (labels !== undefined && population.anything(labels).length === 0) ||
  (nets?.every((net) => notNets.some((not) => prefixCovers(not, net))) ?? false) ||
  (nodes !== undefined &&
    ![...cluster.nodes.values()].some((node) => holds(nodes, labelsOf(node.labels)))) ||
  (service !== undefined && !cluster.services.has(`${service.namespace}/${service.name}`));
