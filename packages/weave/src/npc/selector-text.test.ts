import { expect, it } from 'vitest';
import { selectorText } from './selector-text.ts';

it('is empty for the selector that matches everything', () => {
  expect(selectorText({ matchLabels: {}, matchExpressions: [] })).toBe('');
});

it('sorts by key and sorts values, whatever the order in the manifest', () => {
  const selector = {
    matchLabels: { zone: 'a', app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['front', 'back'] },
      { key: 'legacy', operator: 'DoesNotExist', values: [] },
      { key: 'env', operator: 'NotIn', values: ['prod'] },
      { key: 'ready', operator: 'Exists', values: [] },
    ],
  } as const;
  expect(selectorText(selector)).toBe(
    'app=web,env notin (prod),!legacy,ready,tier in (back,front),zone=a',
  );
});
