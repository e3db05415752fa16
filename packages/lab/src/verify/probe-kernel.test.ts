import { describe, expect, it } from 'vitest';
import { whyNoLab } from '../host.ts';
import { KernelNetwork } from '../kernel/kernel-network.ts';
import { KERNEL_FEATURES } from './kernel-features.ts';
import { lacksIn, probeKernel } from './probe-kernel.ts';
import { missingFor } from './required-features.ts';
import { withStandIns } from './stand-ins.ts';

const reason = whyNoLab();
if (reason !== undefined) console.log(`no kernel is probed: ${reason}`);

const answers = (lacking: Readonly<Record<string, string>>): string =>
  KERNEL_FEATURES.map(({ name }) => (name in lacking ? `no ${lacking[name]}` : 'ok')).join('\n');

describe('what a kernel lacks', () => {
  it('is nothing when every feature is there', () => {
    expect(lacksIn(answers({}))).toEqual([]);
  });

  it('is told with what the tool said, and what stands in', () => {
    expect(lacksIn(answers({ dummy: 'Error: Unknown device type.' }))).toEqual([
      {
        group: 'device',
        name: 'dummy',
        said: 'Error: Unknown device type.',
        instead: expect.stringContaining('veth'),
      },
    ]);
  });

  it('is everything when there is no answer', () => {
    expect(lacksIn('')).toHaveLength(KERNEL_FEATURES.length);
  });

  it('counts where commands need it', () => {
    const kernel = { release: '6', lacks: lacksIn(answers({ statistic: 'x', dummy: 'y' })) };
    const rule = {
      kind: 'iptables',
      family: 4,
      table: 'nat',
      op: 'append',
      chain: 'C',
      rule: { matches: [{ kind: 'statistic', mode: 'random', threshold: 1 }] },
    } as const;
    const set = { kind: 'ipset', op: 'create', set: 's', type: 'hash:ip', family: 4 } as const;
    expect(missingFor([set], kernel)).toEqual([]);
    expect(missingFor([set, rule], kernel).map(({ name }) => name)).toEqual(['statistic']);
  });

  it('is stood in for where something else does the same', () => {
    const dummy = { kind: 'link-add', type: 'dummy', name: 'd', mtuBytes: 1400 } as const;
    const without = { release: '6', lacks: lacksIn(answers({ dummy: 'x' })) };
    expect(withStandIns(dummy, { release: '6', lacks: [] })).toEqual(dummy);
    expect(withStandIns(dummy, without)).toEqual({ ...dummy, type: 'veth', peer: { name: 'd-' } });
  });
});

describe.skipIf(reason !== undefined)(
  `the kernel of this machine${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    it('has what every cluster is built of, and answers within seconds', async () => {
      const network = new KernelNetwork();
      try {
        const { release, lacks } = await probeKernel(network);
        expect(release).toMatch(/^\d+\./);
        const names = lacks.map(({ group, name }) => `${group} ${name}`);
        for (const needed of ['device veth', 'device bridge', 'device vxlan', 'match conntrack']) {
          expect(names).not.toContain(needed);
        }
      } finally {
        network.close();
      }
    }, 30_000);
  },
);
