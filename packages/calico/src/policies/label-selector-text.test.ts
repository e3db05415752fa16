import { describe, expect, it } from 'vitest';
import { namespaceSelectorText, podSelectorText } from './label-selector-text.ts';
import { labels } from './test-policies.ts';

const expression = (
  key: string,
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
  ...values: string[]
) => ({ matchLabels: {}, matchExpressions: [{ key, operator, values }] });

describe('podSelectorText', () => {
  it('always asks for a workload of the cluster', () => {
    expect(podSelectorText(undefined)).toBe("projectcalico.org/orchestrator == 'k8s'");
    expect(podSelectorText(labels({}))).toBe("projectcalico.org/orchestrator == 'k8s'");
  });

  it('sorts labels and writes expressions behind them', () => {
    expect(podSelectorText(labels({ b: '2', a: '1' }))).toBe(
      "projectcalico.org/orchestrator == 'k8s' && a == '1' && b == '2'",
    );
    expect(podSelectorText(expression('k', 'In', 'v1', 'v2'))).toBe(
      "projectcalico.org/orchestrator == 'k8s' && k in { 'v1', 'v2' }",
    );
  });
});

describe('namespaceSelectorText', () => {
  it.each([
    [labels({}), 'all()'],
    [expression('toast', 'NotIn', 'marmite', 'milk'), "toast not in { 'marmite', 'milk' }"],
    [expression('toast', 'Exists'), 'has(toast)'],
    [expression('toast', 'DoesNotExist'), '! has(toast)'],
  ])('%j becomes %s', (selector, text) => {
    expect(namespaceSelectorText(selector)).toBe(text);
  });
});
