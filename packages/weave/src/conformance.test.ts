import { conformanceCases } from '@podpath/cni/conformance';
import { describe, it } from 'vitest';
import { weave } from './weave.ts';

describe('Weave Net, by the suite that every plugin runs', () => {
  for (const { name, skip, run } of conformanceCases(weave, [
    { ability: 'ipv6', reason: 'Weave Net is IPv4 only' },
  ])) {
    if (skip === undefined) it(name, run, 60_000);
    else it.skip(`${name} (${skip})`);
  }
});
