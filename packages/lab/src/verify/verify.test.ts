import { calico } from '@podpath/calico';
import type { NetworkPlugin } from '@podpath/cni';
import { flannel } from '@podpath/flannel';
import type { IpFamily } from '@podpath/net';
import { weave } from '@podpath/weave';
import { beforeAll, describe, expect, it } from 'vitest';
import { differenceText } from '../compare/difference.ts';
import { whyNoLab } from '../host.ts';
import { KernelNetwork } from '../kernel/kernel-network.ts';
import { chooseFlows } from './choose-flows.ts';
import { planCluster } from './cluster-plan.ts';
import { flowCandidates } from './flow-candidates.ts';
import type { KernelReport } from './kernel-features.ts';
import type { LabFlow } from './lab-flow.ts';
import { probeKernel } from './probe-kernel.ts';
import { labCluster } from './test-cluster.ts';
import { differencesOf, type PluginVerification } from './verification.ts';
import { verifyPlugin } from './verify-plugin.ts';

/*
 * Three nodes with nine pods, built emulated and in real namespaces from the same commands: every pod talks to every other
 * over TCP, and a choice of everything else is tried too. All that can be seen of it must be the same.
 */

const reason = whyNoLab();
if (reason !== undefined) console.log(`plugins are not verified in real namespaces: ${reason}`);
const skipped = reason === undefined ? '' : ` (skipped: ${reason})`;

const OTHERS = 120;

const isTcpPair = ({ kind, flow }: LabFlow): boolean =>
  kind === 'pod to pod' && flow.protocol === 'TCP' && flow.family === 4;

/** Nodes to nodes first, then every pair of pods over TCP, then a choice of the rest. */
function flowsOf(candidates: readonly LabFlow[]): readonly LabFlow[] {
  const first = candidates.filter(({ kind }) => kind === 'node to node');
  const pairs = candidates.filter(isTcpPair);
  const rest = candidates.filter((each) => !first.includes(each) && !pairs.includes(each));
  return [...first, ...pairs, ...chooseFlows(rest, OTHERS, 1)];
}

const verifies = (plugin: NetworkPlugin, families: readonly IpFamily[]): void => {
  describe.skipIf(reason !== undefined)(
    `${plugin.title}, IPv${families.join(' and ')}${skipped}`,
    () => {
      let verified: PluginVerification;
      beforeAll(async () => {
        const network = new KernelNetwork();
        try {
          const kernel: KernelReport = await probeKernel(network);
          const path = plugin.install(labCluster(families), plugin.configure({}));
          const { outside } = planCluster(path, kernel);
          const flows = flowsOf([...flowCandidates(path.cluster, outside)]);
          verified = await verifyPlugin(network, path, { title: plugin.title, kernel, flows });
        } finally {
          network.close();
        }
      }, 100_000);

      it('does what the kernel does, in outcome, path, bytes, counters and tables', () => {
        expect(differencesOf(verified).map(differenceText)).toEqual([]);
      });

      it('has been tried between all pods, and in every kind of flow', () => {
        const { flows } = verified;
        const pairs = flows.filter(isTcpPair);
        expect(pairs).toHaveLength(72);
        expect(new Set(flows.map(({ kind }) => kind))).toEqual(
          new Set([
            'node to node',
            'node to pod',
            'node to Service',
            'outside to node port',
            'pod to closed port',
            'pod to node',
            'pod to outside',
            'pod to pod',
            'pod to Service',
          ]),
        );
        for (const protocol of ['UDP', 'ICMP']) {
          const some = flows.filter(({ flow }) => flow.protocol === protocol);
          expect(some.length, protocol).toBeGreaterThan(20);
        }
        if (families.includes(6)) {
          expect(flows.filter(({ flow }) => flow.family === 6).length).toBeGreaterThan(40);
        }
      });

      it('lets through, refuses and stays silent as told', () => {
        const heard = verified.flows.map(({ outcome }) => outcome.kernel);
        expect(heard).toContain('answer of 0 bytes');
        expect(heard).toContain('answer of 16 bytes');
        expect(heard).toContain('reset');
        expect(heard.some((each) => each.startsWith('ICMP 3/'))).toBe(true);
        // Flannel enforces no policy.
        expect(heard.includes('nothing')).toBe(plugin.features.enforcesPolicy);
        expect(verified.rules.hit).toBeGreaterThan(50);
      });
    },
  );
};

verifies(calico, [4]);
verifies(flannel, [4]);
verifies(weave, [4]);
verifies(calico, [4, 6]);
verifies(flannel, [4, 6]);
