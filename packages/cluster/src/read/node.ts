import { formatPrefix, type Ip, type Prefix } from '@podpath/net';
import { oneOfEachFamily, readIp, readPrefix } from './address.ts';
import type { ReadContext } from './context.ts';
import type { Field } from './field.ts';
import type { NodeInput, Taint } from './inventory.ts';
import { readTexts } from './labels.ts';
import { readMetadata } from './metadata.ts';

const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

export const readNode = (root: Field, context: ReadContext): NodeInput => {
  const { name, labels } = readMetadata(root);
  const spec = root.at('spec').object();
  return {
    name,
    // The kubelet sets these two on every node.
    labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...labels },
    annotations: readTexts(root.at('metadata').object().at('annotations')),
    addresses: readAddresses(root.at('status').object().at('addresses')),
    podCidrs: readPodCidrs(spec),
    taints: readTaints(spec),
    source: context.sourceOf([]),
  };
};

const readAddresses = (field: Field): readonly Ip[] => {
  const internal = field
    .items()
    .map((item) => item.object())
    .filter((item) => item.at('type').value === 'InternalIP');
  const ips = internal.map((item) => readIp(item.at('address'))).filter((ip) => ip !== undefined);
  return oneOfEachFamily(ips, (ip) => ip);
};

const readPodCidrs = (spec: Field): readonly Prefix[] => {
  const list = spec.at('podCIDRs');
  const fields = list.items().length > 0 ? list.items() : [spec.at('podCIDR')];
  const prefixes = fields.map((field) => readPrefix(field)).filter((one) => one !== undefined);
  const kept = oneOfEachFamily(prefixes, (prefix) => prefix.address);
  if (kept.length < prefixes.length) {
    const reason = `${prefixes.map(formatPrefix).join(' and ')} are of the same family`;
    list.invalid(reason, 'at most one CIDR of each family');
  }
  return kept;
};

const readTaints = (spec: Field): Taint[] => {
  const taints = spec.at('taints').items().map(readTaint);
  if (spec.at('unschedulable').boolean() === true) {
    taints.push({ key: UNSCHEDULABLE, value: '', effect: 'NoSchedule' });
  }
  return taints.filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
};

const readTaint = (field: Field): Taint => {
  const taint = field.object();
  return {
    key: taint.at('key').string() ?? '',
    value: taint.at('value').string() ?? '',
    effect: taint.at('effect').oneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute']) ?? '',
  };
};
