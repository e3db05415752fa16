import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FELIX_DEFAULTS } from '../rendering/render-config.ts';
import { textOf } from '../rendering/test-rendering.ts';
import { workloadDispatchChains } from './dispatch-chains.ts';

const UNKNOWN = '-m comment --comment "Unknown interface" --jump DROP';
const dispatch = (...names: readonly string[]) =>
  Object.fromEntries(
    workloadDispatchChains(names, FELIX_DEFAULTS).map(({ name, rules }) => [name, textOf(rules)]),
  );

describe('workloadDispatchChains', () => {
  it('drops packets of interfaces that it does not know', () => {
    expect(dispatch()).toEqual({
      'cali-from-wl-dispatch': [UNKNOWN],
      'cali-to-wl-dispatch': [UNKNOWN],
    });
  });

  it('goes straight to the only interface', () => {
    expect(dispatch('cali1234', 'cali1234')['cali-from-wl-dispatch']).toEqual([
      '--in-interface cali1234 --goto cali-fw-cali1234',
      UNKNOWN,
    ]);
  });

  it('branches on the first character that differs', () => {
    expect(dispatch('cali2444', 'cali1234', 'cali2333')).toMatchObject({
      'cali-to-wl-dispatch': [
        '--out-interface cali1234 --goto cali-tw-cali1234',
        '--out-interface cali2+ --goto cali-to-wl-dispatch-2',
        UNKNOWN,
      ],
      'cali-to-wl-dispatch-2': [
        '--out-interface cali2333 --goto cali-tw-cali2333',
        '--out-interface cali2444 --goto cali-tw-cali2444',
        UNKNOWN,
      ],
    });
  });

  it('brings each interface to its own chain and nothing else to any', () => {
    const name = fc.stringMatching(/^cali[0-3]{1,3}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name), name, (names, probe) => {
        const chains = new Map(
          workloadDispatchChains(names, FELIX_DEFAULTS).map((chain) => [chain.name, chain.rules]),
        );
        let at = 'cali-from-wl-dispatch';
        for (let rules = chains.get(at); rules !== undefined; rules = chains.get(at)) {
          const hit = rules.find(({ match = [] }) =>
            match.every(
              (m) =>
                m.kind === 'in-interface' &&
                (m.name.endsWith('+') ? probe.startsWith(m.name.slice(0, -1)) : probe === m.name),
            ),
          );
          at = hit?.action?.kind === 'goto' ? hit.action.chain : 'dropped';
        }
        expect(at).toBe(names.includes(probe) ? `cali-fw-${probe}` : 'dropped');
      }),
    );
  });
});
