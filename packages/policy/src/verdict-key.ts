import { getOrAdd } from './get-or-add.ts';
import type { DirectionVerdict, Verdict } from './verdict.ts';

/**
 * Writes equal keys for equal verdicts of one judge, whose references to a policy or rule are one object each: much faster than
 * writing the verdicts themselves.
 */
export const createVerdictKeys = (): ((verdict: Verdict) => string) => {
  const ids = new Map<object, number>();
  const idOf = (reference: object): number => getOrAdd(ids, reference, () => ids.size);

  const keyOf = (verdict: DirectionVerdict): string => {
    const passed = (verdict.passed ?? []).map(idOf).join();
    switch (verdict.reason) {
      case 'allowed-by-rule': {
        const { reason, tier, rules, isolatedBy } = verdict;
        return `${reason} ${tier} ${rules.map(idOf).join()} ${isolatedBy.map(idOf).join()} ${passed}`;
      }
      case 'denied-by-rule':
        return `${verdict.reason} ${verdict.tier} ${idOf(verdict.rule)} ${passed}`;
      case 'denied-by-isolation':
        return `${verdict.reason} ${verdict.tier} ${verdict.isolatedBy.map(idOf).join()} ${passed}`;
      default:
        return `${verdict.reason} ${passed}`;
    }
  };

  return ({ egress, ingress, hosts = [] }) =>
    [
      keyOf(egress),
      ...hosts.map(
        ({ node, hostEndpoint, direction, verdict }) =>
          `${direction} ${node} ${hostEndpoint} ${keyOf(verdict)}`,
      ),
      keyOf(ingress),
    ].join('|');
};
