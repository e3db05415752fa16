import { describe, expect, it } from 'vitest';
import { differenceText } from '../compare/difference.ts';
import { whyNoLab } from '../host.ts';
import { summaryLine } from './fuzz-report.ts';
import { generate } from './generate.ts';
import { runFuzz } from './run-fuzz.ts';

const SEED = 1;
const SETUPS = 200;
const LIMIT_MS = 240_000;
const why = whyNoLab();
if (why !== undefined) console.log(`random set-ups are not played: ${why}`);

describe('random set-ups', () => {
  it('are the same for the same seed', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      expect(generate(seed, 10)).toEqual(generate(seed, 10));
    }
    expect(generate(1, 10)).not.toEqual(generate(2, 10));
  });

  it('have as many flows as are asked for, each of a namespace that there is', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { scenario } = generate(seed, 7);
      const sends = scenario.steps.flatMap((step) =>
        step.do === 'apply' ? [] : [step.do === 'send' ? step.probe : step],
      );
      expect(sends).toHaveLength(7);
      for (const { namespace } of sends) expect(scenario.namespaces).toContain(namespace);
    }
  });

  it('cover both families, iptables and nftables, within few', () => {
    const features = new Set<string>();
    for (let seed = 1; seed <= 60; seed++) {
      for (const feature of generate(seed, 10).features) features.add(feature);
    }
    for (const feature of [
      ...['IPv4', 'IPv6', 'tcp', 'udp', 'icmp', 'rules by iptables', 'rules by nft'],
      ...['nft table ip', 'nft table ip6', 'nft table inet', 'table nat', 'vxlan', 'bridge'],
    ]) {
      expect(features).toContain(feature);
    }
  });

  it.skipIf(why !== undefined)(
    `${SETUPS} of them come to the same in the kernel and in the emulator`,
    async () => {
      const result = await runFuzz(
        { seed: SEED, setups: SETUPS, flows: 10, workers: 4 },
        { played: () => undefined },
      );
      console.log(summaryLine(result));
      expect(result.setups + result.endless.length).toBe(SETUPS);
      expect(result.flows).toBeGreaterThan(SETUPS * 8);
      expect(
        result.disagreements.map(
          ({ seed, differences: [first] }) =>
            `seed ${seed}: ${first === undefined ? '' : differenceText(first)}`,
        ),
      ).toEqual([]);
    },
    LIMIT_MS,
  );
});
