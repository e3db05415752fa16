import { describe, expect, it } from 'vitest';
import { ruleHashes } from '../names/rule-hash.ts';
import type { FelixChain } from '../rendering/felix-rule.ts';
import { felixRuleText } from '../rendering/felix-text.ts';
import { FELIX_DEFAULTS, type RenderConfig } from '../rendering/render-config.ts';
import { workloadDispatchChains } from './dispatch-chains.ts';
import { workloadChains } from './endpoint-chains.ts';
import { filterChains } from './filter-chains.ts';
import { natChains } from './nat-chains.ts';

/**
 * A node of Calico v3.28 in VXLAN mode, set up by the operator. Its marks had no drop bit yet; all else
 * that these chains say is the same today. Each hash covers all of a chain down to its rule, so that
 * equal hashes mean equal chains, comments and all.
 */
const V3_28: RenderConfig = {
  ...FELIX_DEFAULTS,
  marks: { accept: 0x10000, pass: 0x20000, scratch0: 0x40000, scratch1: 0x80000, drop: 0x100000 },
  endpointToHost: 'accept',
  vxlanFamilies: [4],
  tunnelAddressFamilies: [4],
};
const INTERFACE = 'cali839f4f93e61';

const chains: readonly FelixChain[] = [
  ...filterChains(4, V3_28),
  ...workloadDispatchChains([INTERFACE], V3_28),
  ...workloadChains(
    {
      interfaceName: INTERFACE,
      adminUp: true,
      tiers: [],
      profiles: ['kns.calico-system', 'ksa.calico-system.default'],
    },
    V3_28,
  ),
];

const hashesIn = (all: readonly FelixChain[], name: string) => {
  const chain = all.find((candidate) => candidate.name === name);
  return ruleHashes(name, chain?.rules ?? [], (title, rule, hash) =>
    felixRuleText(title, rule, hash, V3_28.features),
  );
};

describe('rule hashes seen on a real node', () => {
  it.each([
    [
      'cali-FORWARD',
      'vjrMJCRpqwy5oRoX A_sPAO0mcxbT9mOV 8ZoYfO5HKXWbB3pk jdEuaPBe14V2hutn 12bc6HljsMKsmfr- NOSxoaGx8OIstr1z',
    ],
    [
      'cali-INPUT',
      'J76FwxInZIsk7uKY EDCNTTxYfggApx8C H03xYXARh4e8pwd4 MN6K3isIWBigb1Va OSYphBLwOgic22Hz rmi2_piRVmfeiwVp F7Q8zu44qIbOVben',
    ],
    [
      'cali-OUTPUT',
      'Mq1_rAdXXH3YkrzW 69FkRTJDvD5Vu6Vl -QZG79DohFjalQBb iC1pSPgbvgQzkUk_ 4Zh7KtRvt4W5AEBR Y0k-bqjt-5CUqyUq',
    ],
    ['cali-wl-to-host', 'Ee9Sbo10IpVujdIY nSZbcOoG1xPONxb8'],
    ['cali-from-wl-dispatch', 'SrG1j21I2siK_yQD S20STpYL4dv_pcZY'],
    ['cali-to-wl-dispatch', '4Fqv_-9RZ2vgyLDb 1Dz_2BWm_qJtjSng'],
    [
      'cali-fw-cali839f4f93e61',
      'OMdV1VmYvgay0Ju_ 9GTJTvgFoQSuHKyd z8vZgauvdvTX14jS WJxdljn16dqhpgmF rzce_8ES3RZZ9abT cr3QRQN7OZshnwZM yQFK3WKtWLN-RIEH bGNGJdfsMA4VCnAZ 4jKZ60Lo3ApMmZll tzuXKpDyOxEZ7V_o',
    ],
    [
      'cali-tw-cali839f4f93e61',
      'aAGPL5ce-sfWvtEi uGYjECSJP78AgcRn MwKebX5wAu_THC67 AgNwg8ifzTwYQcWu 7Wl-PUKK1Kcq6eU- Kn5_KGJdoAzoXq9Q xHcktBvIC6Kjdl7A hHYkwi_qPKC7uR09',
    ],
  ])('filter %s', (name, hashes) => {
    expect(hashesIn(chains, name)).toEqual(hashes.split(' '));
  });

  it.each([
    ['cali-PREROUTING', 'r6XmIziWUJsdOK6Z'],
    ['cali-OUTPUT', 'GBTAv2p5CwevEyJm'],
    ['cali-POSTROUTING', 'Z-c7XtVd2Bq7s_hA nYKhEzDlr11Jccal'],
  ])('nat %s begins with', (name, hashes) => {
    const expected = hashes.split(' ');
    expect(hashesIn(natChains(4, V3_28), name).slice(0, expected.length)).toEqual(expected);
  });
});
