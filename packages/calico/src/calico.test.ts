import { conformanceCases } from '@podpath/cni/conformance';
import { describe, it } from 'vitest';
import { calico } from './calico.ts';

describe('calico passes the suite that every plugin runs', () => {
  for (const { ability, name, run } of conformanceCases(calico)) {
    it(`${ability}: ${name}`, run);
  }
});
