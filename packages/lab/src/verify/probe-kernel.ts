import { release } from 'node:os';
import type { KernelNetwork } from '../kernel/kernel-network.ts';
import { KERNEL_FEATURES, type KernelLack, type KernelReport } from './kernel-features.ts';

const NAMESPACE = 'probe';

/** Asks the running kernel for each feature, in a nameless namespace that is gone afterwards. Takes about a second. */
export async function probeKernel(kernel: KernelNetwork): Promise<KernelReport> {
  await kernel.open([NAMESPACE]);
  try {
    const argv = ['sh', '-c', SCRIPT];
    const [said = ''] = await kernel.read([{ namespace: NAMESPACE, argv }]);
    return { release: release(), lacks: lacksIn(said) };
  } finally {
    await kernel.reset();
  }
}

/** One line for each feature: `ok`, or `no` and the last that its tool said. */
const SCRIPT = KERNEL_FEATURES.map(
  ({ test }) =>
    `if out=$( { ${test}; } 2>&1 ); then echo ok; else echo no $(printf '%s' "$out" | tail -n 1); fi`,
).join('\n');

/** What the script's answer says is missing. */
export function lacksIn(said: string): readonly KernelLack[] {
  const lines = said.split('\n');
  return KERNEL_FEATURES.flatMap(({ group, name }, at): KernelLack[] => {
    const line = lines[at] ?? 'no answer';
    if (line === 'ok') return [];
    return [{ group, name, said: line.replace(/^no ?/, ''), instead: insteadOf(group, name) }];
  });
}

const INSTEAD: Readonly<Record<string, string>> = {
  'device dummy': 'a veth whose other end stays down has its place, here and in the emulator',
  'device openvswitch': 'podpath’s own program switches the frames, between packet sockets',
};

const insteadOf = (group: KernelLack['group'], name: string): string =>
  INSTEAD[`${group} ${name}`] ??
  'nothing here uses it; what the emulator knows of it is held to written-down packets and observations, in tests';
