import { conformanceCases } from '@podpath/cni/conformance';
import { describe, it } from 'vitest';
import { flannel } from './flannel.ts';

describe('flannel, by the suite that every plugin runs', () => {
  for (const { name, skip, run } of conformanceCases(flannel, [
    { ability: 'policy', reason: 'Flannel enforces no NetworkPolicy' },
  ])) {
    if (skip === undefined) it(name, run, 60_000);
    else it.skip(`${name} (${skip})`);
  }
});
