import type { Cluster } from '@podpath/cluster';
import type { DataPath, PluginChoice } from '@podpath/cni';
import { whyNoLab } from '../host.ts';
import { KernelNetwork } from '../kernel/kernel-network.ts';
import { LabError } from '../lab-error.ts';
import { chooseFlows } from './choose-flows.ts';
import { planCluster } from './cluster-plan.ts';
import { cutCluster, type Limits } from './cut-cluster.ts';
import { flowCandidates } from './flow-candidates.ts';
import type { KernelLack, KernelReport } from './kernel-features.ts';
import type { LabFlow } from './lab-flow.ts';
import { probeKernel } from './probe-kernel.ts';
import { missingFor } from './required-features.ts';
import type { PluginVerification, Verification } from './verification.ts';
import { verifyPlugin } from './verify-plugin.ts';

export interface VerifyOptions {
  /** Of the choice of flows, and of what the emulator draws. Default 1. */
  readonly seed?: number;
  /** How many to try under each plugin. Default 100. */
  readonly flows?: number;
  /** What to build at most. Default `LAB_LIMITS`. */
  readonly limits?: Limits;
  /** For the flows of one plugin. Default two minutes. */
  readonly limitMs?: number;
  readonly onProgress?: (done: number, total: number, what: string) => void;
}

const USUAL_FLOWS = 100;
const USUAL_LIMIT_MS = 120_000;

/**
 * Holds the emulation of a cluster under each plugin to the kernel of this machine: both are built from the same commands,
 * the same flows are sent, and everything that can be seen of them is compared. Throws LabError where there can be no
 * lab, OptionsError when a plugin refuses its options.
 */
export async function verifyCluster(
  cluster: Cluster,
  choices: readonly PluginChoice[],
  options: VerifyOptions = {},
): Promise<Verification> {
  const { seed = 1, limits } = options;
  // What a plugin will not do with the whole cluster is said first, lab or no lab.
  for (const { plugin, options: given } of choices) plugin.configure(given);
  const reason = whyNoLab();
  if (reason !== undefined) throw new LabError(reason);
  const cut = cutCluster(cluster, limits);
  const network = new KernelNetwork();
  try {
    const kernel = await probeKernel(network);
    const plugins: PluginVerification[] = [];
    const notVerified: Verification['notVerified'][number][] = [];
    for (const { plugin, options: given } of choices) {
      const path = plugin.install(cut.cluster, plugin.configure(given));
      const missing = missingIn(path, kernel);
      if (missing.length > 0) {
        const names = missing.map(({ group, name }) => `${group} ${name}`).join(', ');
        notVerified.push({ plugin: plugin.name, title: plugin.title, reason: `no ${names}` });
        continue;
      }
      plugins.push(await verifyOne(network, path, plugin.title, kernel, options));
    }
    const { nodes, pods, services, networkPolicies } = cut.cluster;
    return {
      schema: 'podpath-verification/1',
      seed,
      kernel,
      cluster: {
        nodes: nodes.size,
        pods: pods.size,
        services: services.size,
        networkPolicies: networkPolicies.length,
      },
      leftOut: cut.leftOut,
      plugins,
      notVerified,
    };
  } finally {
    network.close();
  }
}

const missingIn = (path: DataPath, kernel: KernelReport): readonly KernelLack[] =>
  missingFor(
    planCluster(path, kernel).commands.map(({ command }) => command),
    kernel,
  );

async function verifyOne(
  network: KernelNetwork,
  path: DataPath,
  title: string,
  kernel: KernelReport,
  { seed = 1, flows: count = USUAL_FLOWS, limitMs = USUAL_LIMIT_MS, onProgress }: VerifyOptions,
): Promise<PluginVerification> {
  const { outside } = planCluster(path, kernel);
  const candidates = [...flowCandidates(path.cluster, outside)].map((flow) => judged(path, flow));
  // Nodes first ask for each other: from then on what user-space programs send comes in an order.
  const greetings = candidates.filter(({ kind }) => kind === 'node to node');
  const others = candidates.filter(({ kind }) => kind !== 'node to node');
  const chosen = chooseFlows(others, Math.max(1, count - greetings.length), seed);
  const verified = await verifyPlugin(network, path, {
    title,
    kernel,
    flows: [...greetings, ...chosen],
    seed,
    limitMs,
    ...(onProgress === undefined
      ? {}
      : { onProgress: (done, total, what) => onProgress(done, total, `${title}, ${what}`) }),
  });
  const left = others.length - chosen.length;
  const sctp = [...path.cluster.pods.values()].some(({ ports }) =>
    ports.some(({ protocol }) => protocol === 'SCTP'),
  );
  return {
    ...verified,
    leftOut: [
      ...(left === 0
        ? []
        : [`${left} of ${candidates.length} possible flows were not chosen (--flows, --seed)`]),
      ...(sctp ? ['SCTP ports: the lab has no sockets for them'] : []),
      ...verified.leftOut,
    ],
  };
}

/** A flow to a pod, with what the policies say of it. */
function judged(path: DataPath, each: LabFlow): LabFlow {
  if (each.flow.to.kind !== 'pod') return each;
  return { ...each, policy: path.verdict(each.flow).allowed ? 'allowed' : 'denied' };
}
