import { describe, expect, it } from 'vitest';
import { FELIX_DEFAULTS } from '../rendering/render-config.ts';
import { workloadDispatchChains } from './dispatch-chains.ts';
import { workloadChains } from './endpoint-chains.ts';
import { felixTables } from './felix-tables.ts';
import { natOutgoingChain } from './nat-chains.ts';

const filter = [
  ...workloadDispatchChains(['cali1234'], FELIX_DEFAULTS),
  ...workloadChains(
    { interfaceName: 'cali1234', adminUp: true, tiers: [], profiles: ['kns.prod'] },
    FELIX_DEFAULTS,
  ),
  { name: 'cali-pri-kns.prod', rules: [] },
  { name: 'cali-pro-kns.prod', rules: [] },
  { name: 'cali-pi-knp/prod/unused', rules: [] },
];
const commands = felixTables(
  4,
  { filter, natOutgoing: natOutgoingChain(true, 4, FELIX_DEFAULTS) },
  FELIX_DEFAULTS,
);
const made = (table: string) =>
  commands.filter((c) => c.table === table && c.op === 'new-chain').map((c) => c.chain);

describe('felixTables', () => {
  it('makes only chains that something jumps to', () => {
    expect(made('filter')).toContain('cali-tw-cali1234');
    expect(made('filter')).not.toContain('cali-pi-knp/prod/unused');
    expect(made('filter')).not.toContain('cali-failsafe-in');
  });

  it('jumps only to chains that are there', () => {
    for (const command of commands) {
      if (!('rule' in command)) continue;
      const target = command.rule.target;
      if (target?.kind !== 'jump' && target?.kind !== 'goto') continue;
      expect(made(command.table)).toContain(target.chain);
    }
  });

  it('goes first in every kernel chain but two', () => {
    const hooks = commands.filter((c) => 'rule' in c && !c.chain.startsWith('cali-'));
    expect(hooks.map((c) => `${c.table} ${c.chain} ${c.op}`)).toEqual([
      'raw PREROUTING insert',
      'raw OUTPUT insert',
      'mangle PREROUTING insert',
      'mangle POSTROUTING insert',
      'nat PREROUTING insert',
      'nat OUTPUT insert',
      'nat POSTROUTING append',
      'filter INPUT insert',
      'filter FORWARD insert',
      'filter OUTPUT insert',
      'filter FORWARD append',
      'filter FORWARD append',
    ]);
  });
});
