import type { Cluster } from '@podpath/cluster';
import type { PolicyModel } from '../../model.ts';
import { translatePolicies } from '../../translate-policies.ts';
import type { Finding } from './finding.ts';
import { inertRules } from './inert-rules.ts';
import { matchesNobody } from './matches-nobody.ts';
import { populationOf } from './population.ts';
import { shadowedRules } from './shadowed-rules.ts';
import { unknownPorts } from './unknown-ports.ts';

/** What is odd about a cluster's policies, whatever plugin there is, sorted by place. */
export const lintPolicies = (
  cluster: Cluster,
  model: PolicyModel = translatePolicies(cluster),
): readonly Finding[] => {
  const population = populationOf(cluster);
  return [
    ...matchesNobody(cluster, model, population),
    ...unknownPorts(model, population),
    ...inertRules(cluster),
    ...shadowedRules(model),
  ].toSorted(byPlace);
};

/** Those without a place come last, equals stay in their order. */
export const byPlace = ({ source: a }: Finding, { source: b }: Finding): number => {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
};
