import type { Ip } from '@podpath/net';
import type { Pod } from '../objects.ts';
import { oneOfEachFamily, readIp } from './address.ts';
import type { ReadContext } from './context.ts';
import type { Field } from './field.ts';
import type { PodInput } from './inventory.ts';
import { readMetadata, readNamespaceName } from './metadata.ts';
import { readPodSpec } from './pod-spec.ts';

const PHASES: readonly Pod['phase'][] = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];

/** A Pod, from a manifest or with the status a live cluster gave it. */
export const readPod = (root: Field, context: ReadContext): PodInput => {
  const { name, labels, owner } = readMetadata(root);
  const status = root.at('status').object();
  const phase = status.at('phase').oneOf(PHASES) ?? 'Running';
  return {
    namespace: readNamespaceName(root, context.defaultNamespace),
    name,
    labels,
    spec: readPodSpec(root.at('spec')),
    ips: readAddresses(status, 'podIPs', 'podIP'),
    hostIps: readAddresses(status, 'hostIPs', 'hostIP'),
    phase,
    ready: readReady(status.at('conditions')) ?? phase === 'Running',
    owner,
    source: context.sourceOf([]),
  };
};

/** The list of `{ip}` where there is one, else the single address. At most one of each family. */
const readAddresses = (status: Field, list: string, single: string): readonly Ip[] => {
  const items = status.at(list).items();
  const fields =
    items.length > 0 ? items.map((item) => item.object().at('ip')) : [status.at(single)];
  const ips = fields.map(readIp).filter((ip) => ip !== undefined);
  return oneOfEachFamily(ips, (ip) => ip);
};

const readReady = (conditions: Field): boolean | undefined => {
  for (const item of conditions.items()) {
    const condition = item.object();
    if (condition.at('type').value === 'Ready') return condition.at('status').value === 'True';
  }
  return undefined;
};
